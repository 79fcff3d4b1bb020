//! The audit log as an admin sees it, and its table as somebody sees it who has the file.

use baton_tests::{Client, Json, Sql, shape};
use serde_json::Value;

/// The entries that a query gives, in pages of `limit`, each with all of its members.
pub fn in_pages(admin: &Client, query: &str, limit: usize) -> Vec<Value> {
    let entries = admin.pages(&format!("/api/audit?{query}"), "entries", limit);
    entries.iter().for_each(check);
    entries
}

/// The entries that a query gives.
pub fn entries(admin: &Client, query: &str) -> Vec<Value> {
    in_pages(admin, query, 1000)
}

/// The only entry that a query gives.
pub fn only(admin: &Client, query: &str) -> Value {
    let mut entries = entries(admin, query);
    assert_eq!(entries.len(), 1, "{query}: {entries:?}");
    entries.remove(0)
}

/// The members of a list of entries, as text.
pub fn column<'a>(entries: &'a [Value], member: &str) -> Vec<&'a str> {
    entries.iter().map(|entry| entry.text(member)).collect()
}

fn check(entry: &Value) {
    assert!(entry.text("id").parse::<u64>().is_ok(), "the id is no number: {entry}");
    assert!(shape::is_time(&entry["time"]), "{entry}");
    for member in ["actor", "action", "resource_type", "resource_id", "request_id"] {
        assert!(!entry.text(member).is_empty(), "no {member}: {entry}");
    }
    for member in ["part_number", "ip"] {
        assert!(entry.get(member).is_some_and(|value| value.is_null() || value.is_string()), "{member}: {entry}");
    }
    assert!(entry["details"].is_object(), "{entry}");
    // What is read has been sealed, unless it has come in since.
    let hash = &entry["hash"];
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    assert!(hash.is_null() || hash.as_str().is_some_and(is_hash), "{entry}");
}

/// Takes away what keeps audit rows as they are.
pub fn drop_guards(database: &Sql) {
    for trigger in ["audit_append_only_update", "audit_append_only_delete"] {
        database.execute(&format!("DROP TRIGGER {trigger}"), &[]).expect("the schema has this trigger");
    }
}

/// Writes this many rows into the log at once, each with a message of 600 characters.
pub fn write_rows(database: &Sql, count: u32) {
    let statement = "INSERT INTO audit (time, actor, action, resource_type, resource_id, part_number, details,
                                        request_id, ip)
                     SELECT (SELECT now FROM clock), 'filler', 'edit.handoff_requested', 'edit_session', value, 'F02',
                            json_object('n', value, 'message', printf('%.*c', 600, 'x')), 'r', '192.0.2.1'
                     FROM (WITH RECURSIVE numbers (value) AS
                               (VALUES (1) UNION ALL SELECT value + 1 FROM numbers WHERE value < CAST(? AS INTEGER))
                           SELECT value FROM numbers)";
    database.execute(statement, &[&count.to_string()]).expect("rows can be written");
}
