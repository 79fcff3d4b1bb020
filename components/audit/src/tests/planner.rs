//! What SQLite makes of the statements.

use serde_json::json;

use super::*;
use crate::filter::FilterQuery;

fn plan(log: &Log, statement: &str) -> String {
    let mut statement = log.raw.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect("a statement");
    let parameters = vec![rusqlite::types::Value::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
    let steps: Vec<_> = steps.expect("a plan").collect::<rusqlite::Result<_>>().expect("its steps");
    steps.join("; ")
}

#[test]
fn the_log_of_a_part_is_found_by_its_index() {
    let log = Log::with_rows(0);
    for more in [json!({}), json!({ "action": "x", "actor": "x", "since": "2026-11-21T01:02:03Z" })] {
        let mut query = json!({ "part_number": "F01-0001" });
        query.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let filter = serde_json::from_value::<FilterQuery>(query).expect("a query").check().expect("it holds");
        let plan = plan(&log, &filter.statement("seq, actor", 0, 9, 10).0);
        let expected = "SEARCH audit USING INDEX audit_by_part_number (part_number=? AND rowid>? AND rowid<?)";
        assert!(plan.starts_with(expected), "{plan}");
    }
}

#[test]
fn every_other_filter_has_its_index() {
    let log = Log::with_rows(0);
    for name in ["actor", "action", "resource_type", "resource_id"] {
        let query = json!({ name: "x", "until": "2026-11-21T01:02:03Z" });
        let filter = serde_json::from_value::<FilterQuery>(query).expect("a query").check().expect("it holds");
        let plan = plan(&log, &filter.statement("seq, time", 0, 9, 10).0);
        let expected = format!("SEARCH audit USING INDEX audit_by_{name} ({name}=? AND rowid>? AND rowid<?)");
        assert!(plan.starts_with(&expected), "{plan}");
    }
}

#[test]
fn times_bound_what_is_read_in_the_order_of_the_log() {
    let log = Log::with_rows(0);
    let query = json!({ "since": "2026-11-21T01:02:03Z", "until": "2026-11-21T01:02:04Z" });
    let filter = serde_json::from_value::<FilterQuery>(query).expect("a query").check().expect("it holds");
    let plan = plan(&log, &filter.statement("seq, time", 0, 9, 10).0);
    assert!(plan.starts_with("SEARCH audit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), "{plan}");
    assert_eq!(plan.matches("SEARCH audit USING INDEX audit_by_time").count(), 2, "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn a_change_fills_none_of_the_indexes() {
    let log = Log::with_rows(0);
    let partial = "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'audit_by_*' AND sql GLOB '* hash IS NOT NULL'";
    assert_eq!(log.raw.query_row(partial, [], |row| row.get::<_, i64>(0)).expect("a count"), 6);
}

#[test]
fn what_is_not_sealed_is_found_by_its_index() {
    let log = Log::with_rows(0);
    let plan = plan(&log, "SELECT seq, actor FROM audit WHERE hash IS NULL AND seq > ? ORDER BY seq LIMIT ?");
    assert!(plan.contains("audit_unsealed"), "{plan}");
}
