//! Comma-separated values (RFC 4180) that are safe to open in a spreadsheet.

use baton_core::db::{Row, Value};
use baton_core::seal;

/// The header row. The columns are those of the table, and so is their order.
pub const HEADER: &str = "id,time,actor,action,resource_type,resource_id,part_number,details,request_id,ip,hash\r\n";

/// With these a spreadsheet takes a field for a formula (OWASP, "CSV Injection").
const FORMULA_BEGINS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// One row as a line.
pub fn line(row: &Row) -> String {
    let mut line = String::new();
    for column in 0..=seal::COLUMN_COUNT {
        if column > 0 {
            line.push(',');
        }
        push_field(&mut line, row.get(column));
    }
    line.push_str("\r\n");
    line
}

/// Null is an empty field.
fn push_field(line: &mut String, value: Option<&Value>) {
    match value {
        Some(Value::Text(text)) => push_text(line, text),
        Some(Value::Integer(number)) => line.push_str(&number.to_string()),
        _ => {}
    }
}

fn push_text(line: &mut String, text: &str) {
    let is_formula = text.starts_with(FORMULA_BEGINS);
    let needs_quotes = is_formula || text.contains([',', '"', '\r', '\n']);
    if !needs_quotes {
        line.push_str(text);
        return;
    }
    line.push('"');
    if is_formula {
        line.push('\'');
    }
    line.push_str(&text.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut line = String::new();
        push_field(&mut line, Some(&Value::from(text)));
        line
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        for (text, written) in [
            ("plain text", "plain text"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("two\r\nlines", "\"two\r\nlines\""),
        ] {
            assert_eq!(field(text), written, "{text:?}");
        }
    }

    #[test]
    fn formulas_are_only_text() {
        for begin in FORMULA_BEGINS {
            assert_eq!(field(&format!("{begin}1")), format!("\"'{begin}1\""), "{begin:?}");
        }
        assert_eq!(field("1-1=0"), "1-1=0");
        assert_eq!(field("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
    }

    #[test]
    fn the_header_names_every_column() {
        let columns = format!("{}, hash", seal::COLUMNS).replace("seq,", "id,").replace(", ", ",");
        assert_eq!(HEADER.trim_end(), columns);
        assert_eq!(seal::COLUMNS.split(", ").count(), seal::COLUMN_COUNT);
    }
}
