//! Comma-separated values (RFC 4180) that are safe to open in a spreadsheet.

use baton_core::db::{Row, Value};
use baton_core::seal;

/// The header row. The columns are those of the table, and so is their order.
pub const HEADER: &str = "id,time,actor,action,resource_type,resource_id,part_number,details,request_id,ip,hash\r\n";

/// Whether a spreadsheet takes what begins so for a formula (OWASP, "CSV Injection"); signs may be as wide as an ideograph.
fn is_sign(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

/// The same for a field: what isn't seen may stand before a sign, or be taken for the end of an empty field.
fn begins_formula(c: char) -> bool {
    is_sign(c) || c == ';' || c.is_whitespace() || c.is_control()
}

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

/// Where a spreadsheet separates fields by semicolons, a sign after one begins a formula too.
fn push_text(line: &mut String, text: &str) {
    let is_formula = text.starts_with(begins_formula);
    if !is_formula && !text.contains([',', ';', '"', '\r', '\n']) {
        line.push_str(text);
        return;
    }
    line.push_str(if is_formula { "\"'" } else { "\"" });
    let mut after_semicolon = false;
    for c in text.chars() {
        if after_semicolon && is_sign(c) {
            line.push('\'');
        }
        if c == '"' {
            line.push('"');
        }
        line.push(c);
        after_semicolon = c == ';';
    }
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
        for begin in "=+-@\t\r\n \u{a0}\u{3000}\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20};".chars() {
            assert_eq!(field(&format!("{begin}a")), format!("\"'{begin}a\""), "{begin:?}");
        }
        assert_eq!(field("1-1=0"), "1-1=0");
        assert_eq!(field("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
    }

    #[test]
    fn a_semicolon_begins_no_formula() {
        assert_eq!(field("note;=1+1"), "\"note;'=1+1\"");
        assert_eq!(field("note; then"), "\"note; then\"");
        assert_eq!(field("a;b"), "\"a;b\"");
    }

    #[test]
    fn the_header_names_every_column() {
        let columns = format!("{}, hash", seal::COLUMNS).replace("seq,", "id,").replace(", ", ",");
        assert_eq!(HEADER.trim_end(), columns);
        assert_eq!(seal::COLUMNS.split(", ").count(), seal::COLUMN_COUNT);
    }
}
