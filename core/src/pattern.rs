//! Items by how their names begin.

use crate::text::PartNumber;

/// One item, or all whose names begin in a certain way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The item of this part number.
    One(PartNumber),
    /// The items whose part numbers begin so; all where that is empty.
    Beginning(String),
}

impl Pattern {
    /// Reads a part number that may end in `*`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_suffix('*') {
            None => PartNumber::parse(text).map(Self::One),
            Some("") => Ok(Self::Beginning(String::new())),
            Some(beginning) => {
                PartNumber::parse(beginning).map(|beginning| Self::Beginning(beginning.as_str().to_owned()))
            }
        }
    }

    /// A text that comes after every part number that begins so, and before every other one that comes after them.
    pub fn end(beginning: &str) -> String {
        // No part number holds DEL, nor anything beyond it.
        format!("{beginning}\u{7f}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_at_the_end_or_nowhere() {
        assert_eq!(Pattern::parse("F01-*"), Ok(Pattern::Beginning("F01-".to_owned())));
        assert_eq!(Pattern::parse("*"), Ok(Pattern::Beginning(String::new())));
        assert!(matches!(Pattern::parse("F01-0001"), Ok(Pattern::One(_))));
        for bad in ["", "**", "F*1", "*1", "-*", "F01 *", &format!("{}*", "x".repeat(129))] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_end_comes_after_all_that_begin_so() {
        for (beginning, number, fits) in
            [("F01-", "F01-~~~", true), ("F01-", "F01.", false), ("F01-", "F01-", true), ("", "z", true)]
        {
            let is_within = number >= beginning && number < Pattern::end(beginning).as_str();
            assert_eq!(is_within, fits, "{beginning} {number}");
        }
    }
}
