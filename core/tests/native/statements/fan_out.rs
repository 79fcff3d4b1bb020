//! What many hear of is told bit by bit: no statement holds up other writers for as long as a large audience takes.

use baton_core::db::params;

use super::{Scratch, cause};

/// How many workstations watch the item, and how many sessions one workstation has on it.
const WATCHERS: i64 = 1_000;
const SESSIONS: i64 = 30;

/// How many hear of what one statement does, at most: some 4,000, and the watchers of one session more.
const HEARD_MAX: i64 = 4_000 + WATCHERS + 1;

on_scratch! {
    struct Store;
}

impl Store {
    /// An item with all its watchers, and all of alice's sessions on it.
    fn new() -> Self {
        let store = Self(Scratch::new());
        let numbers = format!(
            "WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < {WATCHERS})"
        );
        store.change(&format!(
            "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
             {numbers} SELECT 'w' || value, iif(value = 1, 'alice', 'crowd'), 'w', 'w' || value, '', '', ? FROM numbers"
        ));
        for object in 0..SESSIONS {
            store.change(&format!(
                "INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id,
                                         ttl_seconds, cause)
                 VALUES ('s{object}', 'i', 'F1', 'alice', 'w1', 'part', 'o{object}', 600, ?)"
            ));
        }
        store.change(
            "INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
             SELECT id, 'i', '', ? FROM workstations WHERE id <> 'w1'",
        );
        store
    }

    /// Makes a change of alice's.
    fn change(&self, statement: &str) {
        self.run(statement, params![cause("alice")]);
    }

    /// Makes a change until none of the sessions is left, and gives how many statements that took.
    fn end_all(&self, statement: &str) -> usize {
        let mut statements = 0;
        while self.count("sessions WHERE ended_at IS NULL") > 0 {
            let before = self.count("deliveries");
            self.change(statement);
            let heard = self.count("deliveries") - before;
            assert!((1..=HEARD_MAX).contains(&heard), "{heard} hear of what one statement does");
            statements += 1;
        }
        assert_eq!(self.count("deliveries d JOIN events e ON e.seq = d.seq WHERE d.workstation_id = 'w2'"), SESSIONS);
        statements
    }
}

#[test]
fn a_workstation_with_many_sessions_goes_in_steps() {
    let store = Store::new();
    assert!(store.end_all("INSERT INTO do_remove_workstation (id, cause) VALUES ('w1', ?)") > 5);
}

#[test]
fn sessions_that_expire_together_are_recorded_in_steps() {
    for statement in
        ["INSERT INTO do_expire_all (cause) VALUES (?)", "INSERT INTO do_expire (item_id, cause) VALUES ('i', ?)"]
    {
        let store = Store::new();
        store.run("UPDATE sessions SET expires_at = (SELECT now FROM clock)", Vec::new());
        assert!(store.end_all(statement) > 5);
    }
}
