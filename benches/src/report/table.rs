//! Tables, and numbers in them.

/// A Markdown table: the first column to the left, figures to the right.
pub struct Table {
    text: String,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        let rule: String = headings.iter().skip(1).map(|_| "---:|").collect();
        Self { text: format!("| {} |\n|---|{rule}\n", headings.join(" | ")) }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[String]) {
        self.text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }

    /// The table under a heading and an explanation.
    pub fn section(self, heading: &str, explanation: &str) -> String {
        format!("## {heading}\n\n{explanation}\n\n{}", self.text)
    }
}

/// A number with so many digits after the point; a dash for none.
pub fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// A whole number with its thousands apart.
pub fn count(value: Option<f64>) -> String {
    let digits = number(value, 0);
    let Some(head) = digits.len().checked_sub(3).filter(|head| *head > 0 && value.is_some()) else { return digits };
    let rest = &digits[..head];
    format!("{},{}", count(rest.parse().ok()), &digits[head..])
}

/// A number with as many digits as matter.
pub fn short(value: f64) -> String {
    if value >= 100.0 || value.fract() == 0.0 {
        count(Some(value))
    } else {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A share in percent.
pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| number(None, 0), |value| format!("{:.0} %", value * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(Some(7.0)), "7");
        assert_eq!(count(Some(999.4)), "999");
        assert_eq!(count(Some(12_345.0)), "12,345");
        assert_eq!(count(Some(1_000_000.0)), "1,000,000");
        assert_eq!(count(None), "–");
    }

    #[test]
    fn short_numbers_have_no_idle_digits() {
        assert_eq!([0.5, 2.0, 12.345, 1_234.5].map(short), ["0.5", "2", "12.35", "1,234"]);
    }

    #[test]
    fn a_row_is_a_line() {
        let mut table = Table::new(&["side", "figure"]);
        table.row(&["baton".to_owned(), number(Some(1.25), 1)]);
        let section = table.section("Title", "Why.");
        assert_eq!(section, "## Title\n\nWhy.\n\n| side | figure |\n|---|---:|\n| baton | 1.2 |\n");
    }
}
