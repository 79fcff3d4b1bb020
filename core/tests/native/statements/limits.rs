//! What one user may take, by the statements themselves: a change past a limit changes nothing, and what follows from somebody
//! else's change is never refused.

use baton_core::db::params;
use baton_core::limits::{Quota, usage};
use baton_core::{Problem, Result};
use futures::executor::block_on;
use serde_json::{Value, json};

use super::{Scratch, cause_within};

on_scratch! {
    struct Store;
}

impl Store {
    fn new() -> Self {
        let store = Self(Scratch::new());
        for user in ["alice", "bob"] {
            store.register(user, user, &json!({})).expect("a workstation");
        }
        store
    }

    /// Makes a change of somebody's, who may go so far.
    fn change(&self, statement: &str, user: &str, limits: &Value) -> Result<()> {
        self.try_run(statement, params![cause_within(user, limits)]).map(drop)
    }

    fn register(&self, user: &str, id: &str, limits: &Value) -> Result<()> {
        let statement = format!(
            "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
             SELECT '{id}', '{user}', 'desk', '{id}', '', '', ? WHERE true
             ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name WHERE user = excluded.user"
        );
        self.change(&statement, user, limits)
    }

    fn acquire(&self, user: &str, part: &str, limits: &Value) -> Result<()> {
        let id = format!("{user} on {part}");
        let statement = format!(
            "INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, ttl_seconds, cause)
             VALUES ('{id}', '{part}', '{part}', '{user}', '{user}', 'part', 600, ?)"
        );
        self.change(&statement, user, limits)
    }

    fn release(&self, user: &str, part: &str) -> Result<()> {
        let statement = format!(
            "INSERT INTO do_release (session_id, part_number, user, cause) VALUES ('{user} on {part}', '{part}', '{user}', ?)"
        );
        self.change(&statement, user, &json!({}))
    }

    fn ask(&self, user: &str, holder: &str, part: &str, limits: &Value) -> Result<()> {
        let id = format!("{user} asks for {part}");
        let statement = format!(
            "INSERT INTO do_request_handoff (id, session_id, part_number, requester, workstation_id, message, auto_acquire,
                                             ttl_seconds, cause)
             VALUES ('{id}', '{holder} on {part}', '{part}', '{user}', '{user}', 'please', 1, 600, ?)"
        );
        self.change(&statement, user, limits)
    }

    fn subscribe(&self, user: &str, part: &str, limits: &Value) -> Result<()> {
        let statement = format!(
            "INSERT INTO do_subscribe (workstation_id, user, item_id, part_number, cause)
             VALUES ('{user}', '{user}', '{part}', '{part}', ?)"
        );
        self.change(&statement, user, limits)
    }

    fn save_draft(&self, user: &str, part: &str, blob: &str, size: u64, limits: &Value) -> Result<()> {
        let begun = "INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES (?, 0, x'00')";
        self.try_run(begun, params![blob])?;
        let statement = format!(
            "INSERT INTO do_save_draft (session_id, part_number, user, blob_id, size, sha256, content_type, cause)
             VALUES ('{user} on {part}', '{part}', '{user}', '{blob}', {size}, 'x', 'a/b', ?)"
        );
        self.change(&statement, user, limits)
    }

    fn used(&self, user: &str, quota: Quota) -> u64 {
        block_on(usage(&self.database, user)).expect("the use").of(quota)
    }
}

fn code(outcome: Result<()>) -> &'static str {
    outcome.map_or_else(|problem: Problem| problem.code(), |()| "done")
}

#[test]
fn past_the_quota_of_workstations_only_what_is_there_is_renamed() {
    let store = Store::new();
    let two = json!({ "quota": { "workstations": 2 } });
    assert_eq!(code(store.register("alice", "a2", &two)), "done");
    assert_eq!(code(store.register("alice", "a3", &two)), "quota_exceeded");
    assert_eq!(code(store.register("alice", "a2", &two)), "done");
    assert_eq!(code(store.register("alice", "bob", &two)), "done", "somebody else's, which the statement leaves alone");
    assert_eq!(code(store.register("alice", "a3", &json!({ "quota": { "workstations": 0 } }))), "done");
    assert_eq!((store.used("alice", Quota::Workstations), store.used("bob", Quota::Workstations)), (3, 1));
}

#[test]
fn the_line_may_put_somebody_over_the_quota_of_sessions() {
    let store = Store::new();
    let one = json!({ "quota": { "sessions": 1 } });
    assert_eq!(code(store.acquire("alice", "F1", &one)), "done");
    let entries = store.count("audit");
    assert_eq!(code(store.acquire("alice", "F2", &one)), "quota_exceeded");
    assert_eq!((store.count("audit"), store.count("items")), (entries, 1), "nothing is changed past a limit");
    assert_eq!(code(store.acquire("alice", "F1", &one)), "done", "what one holds is renewed");
    assert_eq!(code(store.acquire("bob", "F3", &one)), "done");
    assert_eq!(code(store.ask("alice", "bob", "F3", &json!({}))), "done");
    assert_eq!(code(store.release("bob", "F3")), "done");
    assert_eq!(store.used("alice", Quota::Sessions), 2);
    assert_eq!(code(store.release("alice", "F1")), "done");
    assert_eq!(code(store.acquire("alice", "F2", &one)), "quota_exceeded");
}

#[test]
fn watches_that_come_with_holding_do_not_count() {
    let store = Store::new();
    let one = json!({ "quota": { "subscriptions": 1 } });
    for part in ["F1", "F2", "F3"] {
        assert_eq!(code(store.acquire("alice", part, &json!({ "quota": { "sessions": 9 } }))), "done");
    }
    assert_eq!((store.used("alice", Quota::Subscriptions), store.count("subscriptions")), (0, 3));
    assert_eq!(code(store.subscribe("alice", "F4", &one)), "done");
    assert_eq!(code(store.subscribe("alice", "F5", &one)), "quota_exceeded");
    assert_eq!(code(store.subscribe("alice", "F4", &one)), "done", "it watches it already");
    assert_eq!(store.used("alice", Quota::Subscriptions), 1);
}

#[test]
fn pending_requests_have_a_quota() {
    let store = Store::new();
    let one = json!({ "quota": { "requests": 1 } });
    for part in ["F1", "F2"] {
        assert_eq!(code(store.acquire("bob", part, &json!({}))), "done");
    }
    assert_eq!(code(store.ask("alice", "bob", "F1", &one)), "done");
    assert_eq!(code(store.ask("alice", "bob", "F2", &one)), "quota_exceeded");
    assert_eq!(code(store.release("bob", "F1")), "done");
    assert_eq!(code(store.ask("alice", "bob", "F2", &one)), "done");
}

#[test]
fn drafts_count_among_the_bytes_of_checkpoints() {
    let store = Store::new();
    let limit = json!({ "quota": { "checkpoint_bytes": 100 } });
    for part in ["F1", "F2"] {
        assert_eq!(code(store.acquire("alice", part, &json!({}))), "done");
    }
    assert_eq!(code(store.save_draft("alice", "F1", "b1", 60, &limit)), "done");
    assert_eq!(code(store.save_draft("alice", "F2", "b2", 41, &limit)), "quota_exceeded");
    assert_eq!(code(store.save_draft("alice", "F2", "b4", 40, &limit)), "done");
    assert_eq!(code(store.save_draft("alice", "F1", "b3", 10, &limit)), "done", "in the place of the one before");
    assert_eq!(store.used("alice", Quota::CheckpointBytes), 50);
}

#[test]
fn a_rate_counts_changes_and_not_what_they_record() {
    let store = Store::new();
    let three = json!({ "rate": 3 });
    // Each records an item, a subscription and a session.
    for part in ["F1", "F2", "F3"] {
        assert_eq!(code(store.acquire("alice", part, &three)), "done");
    }
    let refused = store.acquire("alice", "F4", &three).unwrap_err();
    assert_eq!((refused.code(), refused.status().as_u16()), ("rate_limited", 429));
    assert_eq!((store.count("items"), store.count("sessions")), (3, 3), "nothing is changed past a limit");
    assert_eq!(code(store.acquire("bob", "F4", &three)), "done");
    assert_eq!(code(store.acquire("alice", "F5", &json!({ "rate": 0 }))), "done");
    store.run("UPDATE change_rates SET minute = minute - 1", Vec::new());
    assert_eq!(code(store.acquire("alice", "F6", &three)), "done");
}

/// An item that somebody watched for a while, and no more than that.
#[test]
fn items_of_no_use_go_after_a_day() {
    let store = Store::new();
    for part in ["watched", "left", "young"] {
        assert_eq!(code(store.subscribe("alice", part, &json!({}))), "done");
    }
    assert_eq!(code(store.acquire("alice", "held", &json!({}))), "done");
    assert_eq!(code(store.release("alice", "held")), "done");
    for part in ["left", "young", "held"] {
        let leave = format!(
            "INSERT INTO do_unsubscribe (workstation_id, user, part_number, cause) VALUES ('alice', 'alice', '{part}', ?)"
        );
        assert_eq!(code(store.change(&leave, "alice", &json!({}))), "done");
    }
    let age = "UPDATE items SET created_at = '2020-01-01T00:00:00.000Z' WHERE id <> 'young'";
    store.run(age, Vec::new());
    let forget = "INSERT INTO do_forget_items (batch, cause) VALUES (100, ?)";
    assert_eq!(code(store.change(forget, "system", &json!({}))), "done");
    assert_eq!(store.texts("SELECT part_number FROM items ORDER BY 1"), ["held", "watched", "young"]);
    assert_eq!(store.count("audit WHERE action = 'item.deleted' AND part_number = 'left'"), 1);
}
