//! How many requests of a user wait in all instances together.

use super::*;
use crate::store;

impl Log {
    /// Notes that this many of a user's requests wait in an instance, where ten may in all: how many there is room for, and how
    /// many wait in all then.
    fn note_waits(&self, instance: &str, lease: &str, user: &str, count: i64) -> (i64, i64) {
        let waits = format!("[[\"{user}\", {count}]]");
        let mut statement = self.raw.prepare(store::NOTE_WAITS).expect("a statement");
        let mut rows = statement.query((instance, lease, 10, waits)).expect("a query");
        let row = rows.next().expect("an answer").expect("a row");
        let noted = (row.get(1).expect("a number"), row.get(2).expect("a number"));
        assert!(rows.next().expect("an end").is_none());
        noted
    }
}

const LEASE: &str = "+20 seconds";

#[test]
fn instances_leave_room_for_each_other() {
    let log = Log::new();
    assert_eq!(log.note_waits("one", LEASE, "anna", 6), (6, 6));
    assert_eq!(log.note_waits("two", LEASE, "anna", 6), (4, 10));
    assert_eq!(log.note_waits("three", LEASE, "anna", 1), (0, 10));
    assert_eq!(log.note_waits("three", LEASE, "bert", 1), (1, 1), "nobody else pays for it");
    assert_eq!(log.note_waits("one", LEASE, "anna", 5), (5, 9));
    assert_eq!(log.note_waits("three", LEASE, "anna", 3), (1, 10));
    assert_eq!(log.note_waits("one", LEASE, "anna", 0), (0, 5));
    assert_eq!(log.note_waits("two", LEASE, "anna", 20), (9, 10));
}

#[test]
fn an_instance_that_has_died_takes_no_place_for_long() {
    let log = Log::new();
    assert_eq!(log.note_waits("dead", "-1 seconds", "anna", 10).0, 10);
    assert_eq!(log.note_waits("one", LEASE, "anna", 10), (10, 10));
    assert_eq!(log.number("SELECT count(*) FROM waits"), 1, "what counts no longer goes");
}
