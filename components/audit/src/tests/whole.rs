//! Logs that are as they were written.

use super::*;

#[test]
fn a_log_as_it_was_written_holds() {
    for count in [1, 500, 1_203] {
        let log = Log::with_rows(count);
        let verdict = log.verify();
        let hashes = log.hashes();
        assert_eq!(verdict, whole(hashes.len(), hashes.last().and_then(Option::as_deref).expect("it seals first")));
    }
}

#[test]
fn a_log_without_rows_holds() {
    assert_eq!(Log::with_rows(0).verify(), Verdict::Whole { valid: true, rows: 0, head: None, anchor: None });
}

/// What is rolled back leaves no gap: SQLite's count is rolled back too.
#[test]
fn a_change_that_failed_leaves_no_gap() {
    let log = Log::with_rows(3);
    let failing = "INSERT INTO audit (time, actor, action, resource_type, resource_id, details)
                   SELECT 't', 'a', 'b', 'c', 'd', '{}' UNION ALL SELECT 't', NULL, 'b', 'c', 'd', '{}'";
    assert!(log.raw.execute(failing, []).is_err(), "an actor is needed");
    log.run("BEGIN");
    log.write_rows(5);
    log.run("ROLLBACK");
    log.write_rows(2);
    assert!(matches!(log.verify(), Verdict::Whole { rows: 5, .. }), "{:?}", log.verify());
}
