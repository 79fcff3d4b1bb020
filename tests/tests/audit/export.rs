//! The log as a file.

use baton_tests::{App, Client, Response, encode, on_shared_app, unique};
use serde_json::{Value, json};

use crate::look::entries;

on_shared_app!(
    csv_holds_what_the_list_holds,
    ndjson_holds_what_the_list_holds,
    no_field_is_taken_for_a_formula,
    an_export_takes_the_filters,
    an_export_of_nothing_is_whole,
    another_format_is_refused,
);

const COLUMNS: [&str; 11] = [
    "id",
    "time",
    "actor",
    "action",
    "resource_type",
    "resource_id",
    "part_number",
    "details",
    "request_id",
    "ip",
    "hash",
];

/// A part that somebody has asked for, in words that are hard to write down.
fn difficult(app: &App) -> String {
    let (holder, asking, part) = (app.seat(), app.seat(), unique::part());
    let message = "=SUM(1,2) \"quoted\", then\\r\\n no two lines; \u{1f527} 'a' \\ \\u0001";
    asking.ask_with(&holder.acquire(&part), &json!({ "message": message }));
    part
}

fn export(admin: &Client, format: &str, query: &str) -> Response {
    let response = admin.get(&format!("/api/audit/export?format={format}&{query}"));
    assert_eq!(response.status, 200, "{response}");
    let disposition = response.header("content-disposition").expect("a content disposition");
    assert!(disposition.starts_with("attachment") && disposition.contains(&format!("audit.{format}")), "{disposition}");
    response
}

/// The rows of a CSV file, each a list of fields, as a reader of such files sees them.
fn rows(response: &Response) -> Vec<Vec<String>> {
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8; header=present"), "{response}");
    let mut reader = csv::Reader::from_reader(response.body.as_slice());
    assert_eq!(reader.headers().expect("a header row"), COLUMNS.as_slice(), "{response}");
    let records = reader.records().map(|record| record.unwrap_or_else(|e| panic!("no row: {e}: {response}")));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

fn csv_holds_what_the_list_holds(app: &App) {
    let (admin, part) = (app.user("admin"), difficult(app));
    let listed = entries(&admin, &format!("part_number={part}"));
    let response = export(&admin, "csv", &format!("part_number={part}"));
    let rows = rows(&response);
    assert_eq!(rows.len(), listed.len(), "{response}");
    for (row, entry) in rows.iter().zip(&listed) {
        for (field, column) in row.iter().zip(COLUMNS) {
            match column {
                "details" => {
                    let details: Value = serde_json::from_str(field).unwrap_or_else(|e| panic!("{field}: {e}"));
                    assert_eq!(details, entry["details"]);
                }
                _ => assert_eq!(field, entry[column].as_str().unwrap_or_default(), "{column}: {entry}"),
            }
        }
    }
    // RFC 4180: every line ends with CRLF, and the only line breaks are these, as JSON text has none.
    let text = String::from_utf8(response.body).expect("UTF-8");
    assert!(text.ends_with("\r\n"), "{text}");
    assert_eq!(text.matches('\n').count(), listed.len() + 1);
    assert_eq!(text.matches("\r\n").count(), listed.len() + 1);
}

fn ndjson_holds_what_the_list_holds(app: &App) {
    let (admin, part) = (app.user("admin"), difficult(app));
    let response = export(&admin, "ndjson", &format!("part_number={part}"));
    assert_eq!(response.header("content-type"), Some("application/x-ndjson"), "{response}");
    let text = String::from_utf8(response.body).expect("UTF-8");
    assert!(text.ends_with('\n'), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a document a line")).collect();
    assert_eq!(lines, entries(&admin, &format!("part_number={part}")));
}

fn no_field_is_taken_for_a_formula(app: &App) {
    let (admin, tail) = (app.user("admin"), unique::name("formula"));
    for begin in [
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        " ",
        ";",
        "\u{ff1d}",
        "\u{ff0b}",
        "\u{ff0d}",
        "\u{ff20}",
        "=HYPERLINK(\"http://x\",1)&",
    ] {
        let user = format!("{begin}{tail}");
        app.named(&user, "editor").workstation();
        let rows = rows(&export(&admin, "csv", &format!("actor={}", encode(&user))));
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0][2], format!("'{user}"), "the actor");
        assert!(rows[0][7].starts_with('{'), "the details: {rows:?}");
    }
}

fn an_export_takes_the_filters(app: &App) {
    let (admin, part) = (app.user("admin"), difficult(app));
    let listed = entries(&admin, &format!("part_number={part}"));
    let asked = export(&admin, "csv", &format!("part_number={part}&action=edit.handoff_requested"));
    assert_eq!(rows(&asked).len(), 1);
    let last = listed.last().expect("entries")["time"].as_str().expect("a time");
    let since = rows(&export(&admin, "csv", &format!("part_number={part}&since={last}")));
    let expected = listed.iter().filter(|entry| entry["time"].as_str() >= Some(last)).count();
    assert_eq!(since.len(), expected);
}

fn an_export_of_nothing_is_whole(app: &App) {
    let (admin, part) = (app.user("admin"), unique::part());
    assert_eq!(rows(&export(&admin, "csv", &format!("part_number={part}"))), Vec::<Vec<String>>::new());
    assert_eq!(export(&admin, "ndjson", &format!("part_number={part}")).body, b"");
}

fn another_format_is_refused(app: &App) {
    let admin = app.user("admin");
    for query in ["", "?format=", "?format=xml", "?format=CSV", "?actor=x", "?format=csv&format=ndjson"] {
        admin.get(&format!("/api/audit/export{query}")).expect(400, "invalid_query");
    }
}
