//! Logs whose beginning has been forgotten.

use super::*;
use crate::store;

const BATCH: i64 = 200;

impl Log {
    /// A log with this many sealed rows of long ago, and three of now.
    fn with_past(count: i64) -> Self {
        let log = Self::with_rows(0);
        log.write_rows_at("2020-01-01T00:00:00.000Z", count);
        log.write_rows(3);
        log.sealed()
    }

    fn write_rows_at(&self, time: &str, count: i64) {
        let statement = "INSERT INTO audit (time, actor, action, resource_type, resource_id, details)
                         WITH RECURSIVE numbers (value) AS
                             (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?2)
                         SELECT ?1, 'anna', 'item.created', 'item', 'i' || value, '{}' FROM numbers";
        self.raw.execute(statement, (time, count)).expect("rows can be written");
    }

    /// Forgets one batch of what is older than a day, and gives the first row that is left.
    fn forget(&self) -> i64 {
        let cause = r#"{"change": "c", "actor": "system"}"#;
        let statement = "INSERT INTO do_forget_audit (before, batch, cause)
                         VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day'), ?, ?)";
        self.raw.execute(statement, (BATCH, cause)).expect("a batch can be forgotten");
        self.raw.query_row("SELECT min(seq) FROM audit", [], |row| row.get(0)).expect("a row is left")
    }

    fn anchor(&self) -> (i64, String) {
        let anchor = "SELECT seq, hash FROM audit_anchor";
        self.raw.query_row(anchor, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("an anchor")
    }

    fn broken_at(&self) -> Option<String> {
        match self.verify() {
            Verdict::Broken { broken_at, .. } => Some(broken_at),
            Verdict::Whole { .. } => None,
        }
    }
}

#[test]
fn what_is_old_goes_a_batch_at_a_time_and_the_rest_holds() {
    let log = Log::with_past(450);
    let before = log.hashes();
    assert_eq!([log.forget(), log.forget(), log.forget(), log.forget()], [201, 401, 451, 451]);
    let last = before[449].clone().expect("it was sealed");
    assert_eq!(log.anchor(), (450, last.clone()));
    let anchor = block_on(store::anchor(&log.database)).expect("an anchor");
    assert!(anchor.is_recorded, "also by an entry that isn't sealed yet");
    let Verdict::Whole { valid: true, rows: 6, head: Some(head), anchor: Some(anchor) } = log.verify() else {
        panic!("three entries of now, and three that tell what went: {:?}", log.verify())
    };
    assert_eq!((anchor.id.as_str(), anchor.hash), ("450", last));
    assert_eq!(head.id, "456");
    let told = "SELECT group_concat(details ->> '$.from' || '-' || (details ->> '$.through'), ' ')
                FROM audit WHERE action = 'audit.forgotten'";
    let told: String = log.raw.query_row(told, [], |row| row.get(0)).expect("what went is told");
    assert_eq!(told, "1-200 201-400 401-450");
    log.write_rows(700);
    assert_eq!(log.broken_at(), None, "it goes on");
}

/// When all has gone, what follows is sealed after the anchor.
#[test]
fn all_of_it_may_go() {
    let log = Log::with_rows(0);
    log.write_rows_at("2020-01-01T00:00:00.000Z", 5);
    log.seal();
    assert_eq!(log.forget(), 6, "what tells of it is left");
    assert!(matches!(log.verify(), Verdict::Whole { rows: 1, .. }), "{:?}", log.verify());
}

#[test]
fn what_is_not_old_or_not_sealed_stays() {
    let log = Log::with_rows(3).sealed();
    assert_eq!(log.forget(), 1);
    let log = Log::with_rows(0);
    log.write_rows_at("2020-01-01T00:00:00.000Z", 3);
    assert_eq!(log.forget(), 1, "it isn't sealed");
    assert_eq!(log.anchor().0, 0);
}

/// An entry from a clock that was ahead, or one from before a clock that was behind.
#[test]
fn clocks_that_were_wrong() {
    let log = Log::with_rows(0);
    for time in ["2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z", "2020-01-02T00:00:00.000Z"] {
        log.write_rows_at(time, 1);
    }
    log.write_rows(1);
    log.write_rows_at("2020-01-03T00:00:00.000Z", 1);
    log.seal();
    assert_eq!(log.forget(), 4, "the future holds up nothing; what follows an entry of now is not old");
    assert_eq!(log.broken_at(), None);
    let steps = log.raw.query_row("SELECT min(seq) FROM clock_steps", [], |row| row.get::<_, i64>(0));
    assert_eq!(steps, Ok(5), "places before the beginning are forgotten too");
}

#[test]
fn nothing_else_can_be_deleted_and_the_anchor_moves_on_only() {
    let log = Log::with_past(10);
    log.forget();
    for refused in [
        "DELETE FROM audit WHERE seq = 11",
        "UPDATE audit_anchor SET seq = 12",
        "UPDATE audit_anchor SET seq = 9",
        "UPDATE audit_anchor SET hash = 'x'",
        "UPDATE audit_anchor SET seq = 12, hash = (SELECT hash FROM audit WHERE seq = 11)",
    ] {
        let error = log.raw.execute(refused, []).expect_err(refused).to_string();
        assert!(error.contains("the audit log"), "{refused}: {error}");
    }
    assert_eq!(log.broken_at(), None);
}

#[test]
fn an_anchor_that_was_moved_is_noticed() {
    let log = Log::with_past(10).without_guards();
    log.forget();
    log.run("UPDATE audit_anchor SET seq = 12, hash = (SELECT hash FROM audit WHERE seq = 12)");
    log.run("DELETE FROM audit WHERE seq <= 12");
    assert_eq!(log.broken_at().as_deref(), Some("13"));
    let log = Log::with_past(0).without_guards();
    log.run("UPDATE audit_anchor SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)");
    log.run("DELETE FROM audit WHERE seq <= 2");
    assert_eq!(log.broken_at().as_deref(), Some("3"));
}

#[test]
fn a_row_before_the_anchor_is_noticed() {
    let log = Log::with_past(10);
    log.forget();
    log.run(
        "INSERT INTO audit (seq, time, actor, action, resource_type, resource_id, details)
         VALUES (5, '2020-01-01T00:00:00.000Z', 'eve', 'x', 'x', 'x', '{}')",
    );
    assert_eq!(log.broken_at().as_deref(), Some("5"));
}
