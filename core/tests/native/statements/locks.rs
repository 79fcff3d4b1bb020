//! Locks of Git LFS are edit sessions on what lies at a path: how they come into being, last and are read, on real SQLite, with
//! the components' own statements.

use baton_core::Result;
use baton_core::db::params;
use baton_core::repository::{FilePath, RepositoryName};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Scratch, cause, cause_within};
use crate::store::sql;

/// As long as a lock may last at most, in seconds.
const MAX: i64 = 720 * 3600;

on_scratch! {
    struct Shop;
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}

fn part_number(path: &str) -> String {
    RepositoryName::parse("cad").expect("a name").part_number(&FilePath::parse(path).expect("a path"))
}

impl Shop {
    fn new() -> Self {
        Self(Scratch::new())
    }

    fn try_lock(&self, user: &str, path: &str, limits: &Json) -> Result<Json> {
        let number = part_number(path);
        let change = json!([new_id(), new_id(), number, "cad", path, user, new_id(), MAX, cause_within(user, limits)]);
        let rows = self.try_run(&sql::insert_into("do_lock"), params![json!([change]).to_string()])?;
        Ok(rows[0].json(0)?.expect("an outcome"))
    }

    fn lock(&self, user: &str, path: &str) -> Json {
        self.try_lock(user, path, &json!({})).unwrap_or_else(|e| panic!("{path}: {}", e.detail()))
    }

    /// A workstation of somebody's, and a session of it on a part.
    fn acquire(&self, user: &str, part: &str, object: Option<&str>) {
        let w = format!("{user} at a desk");
        let register = "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
                        SELECT ?, ?, 'desk', ?, now, now, ? FROM clock WHERE true ON CONFLICT DO NOTHING";
        self.run(register, params![w.as_str(), user, w.as_str(), cause(user)]);
        let acquire =
            "INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id,
                                               ttl_seconds, cause) VALUES (?, ?, ?, ?, ?, 'part', ?, 600, ?)";
        let object = object.map(str::to_owned);
        let parameters = params![new_id(), new_id(), part, user, w.as_str(), object, cause(user)];
        self.run(acquire, parameters);
    }

    /// As if all that has happened had happened so long before.
    fn age(&self, by: &str) {
        for column in ["acquired_at", "renewed_at", "expires_at"] {
            self.run(&format!("UPDATE OR IGNORE sessions SET {column} = {}", earlier(column, by)), Vec::new());
        }
    }

    fn renew(&self, user: &str, most: i64) {
        let renew = "INSERT INTO do_renew_locks (repository, user, most, before, cause)
                     SELECT 'cad', ?, ?, now, ? FROM clock";
        self.run(renew, params![user, most, cause(user)]);
    }
}

fn earlier(column: &str, by: &str) -> String {
    format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '-{by}')")
}

#[test]
fn a_lock_is_a_session_of_a_workstation_that_stands_for_the_repository() {
    let shop = Shop::new();
    let outcome = shop.lock("alice", "parts/flange.step");
    assert_eq!(outcome["own"]["path"], "parts/flange.step");
    assert_eq!(outcome["own"]["owner"]["name"], "alice");
    assert_eq!((&outcome["other"], &outcome["first"]), (&Json::Null, &Json::Null));
    let session: Json =
        shop.run("SELECT document FROM active_sessions", Vec::new())[0].json(0).expect("JSON").expect("a session");
    assert_eq!(session["id"], outcome["own"]["id"]);
    assert_eq!((&session["repository"], &session["path"]), (&json!("cad"), &json!("parts/flange.step")));
    assert_eq!(session["part_number"], json!(part_number("parts/flange.step")));
    let hours = "CAST(round((julianday(expires_at) - julianday(acquired_at)) * 24) AS TEXT)";
    assert_eq!(shop.texts(&format!("SELECT {hours} FROM sessions")), ["336.0"]);
    shop.lock("alice", "parts/rib.step");
    assert_eq!(shop.texts("SELECT user || ' ' || name FROM workstations"), ["alice lfs:cad"]);
    let events = "SELECT document ->> '$.repository' || ' ' || (document ->> '$.path') FROM event_documents";
    assert_eq!(shop.texts(events), ["cad parts/flange.step", "cad parts/rib.step"]);
}

#[test]
fn whoever_holds_it_is_named_and_whoever_holds_it_already_keeps_it() {
    let shop = Shop::new();
    let first = shop.lock("alice", "a")["own"]["id"].clone();
    let refused = shop.lock("bob", "a");
    assert_eq!((&refused["own"], &refused["other"]["lock"]["id"]), (&Json::Null, &first));
    assert_eq!(refused["other"]["held"]["user"], "alice");
    assert_eq!(shop.lock("alice", "a")["own"]["id"], first, "it is renewed");
    assert_eq!(shop.count("sessions"), 1);
}

#[test]
fn what_one_holds_by_another_workstation_is_the_lock_and_is_renewed() {
    let shop = Shop::new();
    let number = part_number("a");
    shop.acquire("alice", &number, None);
    assert_eq!(shop.count("locks"), 0, "nobody knows yet where it lies");
    shop.age("1 minute");
    let outcome = shop.lock("alice", "a");
    assert_eq!(json!(shop.texts("SELECT id FROM sessions")), json!([outcome["own"]["id"]]));
    assert_eq!(shop.texts("SELECT workstation_id FROM sessions"), ["alice at a desk"]);
    assert_eq!(shop.count("sessions WHERE renewed_at > acquired_at"), 1);
    assert_eq!(shop.lock("bob", "a")["other"]["held"]["user"], "alice");
    assert_eq!(shop.texts("SELECT path FROM items"), ["a"]);
    assert_eq!(shop.count("audit WHERE action = 'item.placed'"), 1);
}

#[test]
fn an_object_of_somebody_elses_is_in_the_way() {
    let shop = Shop::new();
    shop.lock("alice", "a");
    shop.run("UPDATE sessions SET ended_at = expires_at, end_reason = 'released'", Vec::new());
    shop.acquire("alice", &part_number("a"), Some("bore"));
    shop.acquire("bob", &part_number("a"), Some("rib"));
    assert_eq!(shop.lock("alice", "a")["other"]["held"]["user"], "bob");
    assert_eq!(shop.lock("carol", "a")["other"]["held"]["user"], "alice");
}

#[test]
fn nobody_can_take_the_workstation_of_another_beforehand() {
    let shop = Shop::new();
    let taken = "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
                 SELECT 'x', 'eve', 'lfs:cad', ?, now, now, ? FROM clock";
    for guess in ["lfs:cad", "lfs:cad:alice"] {
        let again = taken.replace("'x'", &format!("'{guess}'"));
        shop.run(&again, params![guess, cause("eve")]);
    }
    assert_eq!(shop.lock("alice", "a")["own"]["owner"]["name"], "alice");
}

#[test]
fn locking_renews_some_of_the_others_and_verifying_as_many_as_a_page() {
    let shop = Shop::new();
    for number in 0..60 {
        shop.lock("alice", &format!("{number}"));
    }
    shop.lock("bob", "bobs");
    shop.age("1 day");
    let single = "audit WHERE action = 'edit.session_renewed'";
    let before = shop.count(single);
    shop.lock("alice", "one more");
    let renewed = format!("sessions WHERE user = 'alice' AND renewed_at > {}", earlier("'now'", "1 hour"));
    assert_eq!(shop.count(&renewed), 10 + 1);
    shop.renew("alice", 5_000);
    assert_eq!(shop.count(&renewed), 60 + 1);
    assert_eq!(shop.count("sessions WHERE user = 'bob' AND renewed_at > acquired_at"), 0);
    let told = "SELECT details ->> '$.locks' FROM audit WHERE action = 'lfs.locks_renewed' ORDER BY seq DESC LIMIT 2";
    assert_eq!(
        shop.run(told, Vec::new()).iter().map(|row| row.get::<i64>(0)).collect::<Vec<_>>(),
        [Some(61), Some(10)]
    );
    assert_eq!(shop.count(single), before, "one entry for all");
}

#[test]
fn what_has_expired_is_not_renewed() {
    let shop = Shop::new();
    shop.lock("alice", "a");
    shop.age("400 hours");
    shop.renew("alice", 5_000);
    assert_eq!(shop.count("sessions WHERE renewed_at > acquired_at"), 0);
    assert_eq!(shop.count("locks"), 0);
    assert_eq!(shop.lock("bob", "a")["own"]["owner"]["name"], "bob");
}

#[test]
fn a_lock_lasts_as_long_as_the_repository_says_and_no_longer_than_a_session_may() {
    let shop = Shop::new();
    let set_up = "INSERT INTO repositories (id, name, lock_ttl_hours, created_at, updated_at, cause)
                  SELECT 'r', 'cad', ?, now, now, ? FROM clock WHERE true
                  ON CONFLICT (name) DO UPDATE SET lock_ttl_hours = excluded.lock_ttl_hours";
    for (hours, path, lasts) in [(2, "a", 2 * 3600), (9_000, "b", MAX)] {
        shop.run(set_up, params![hours, cause("root")]);
        shop.lock("alice", path);
        assert_eq!(shop.count(&format!("sessions WHERE ttl_seconds = {lasts}")), 1, "{path}");
    }
}

#[test]
fn quotas_hold_for_locks_and_for_the_workstations_that_come_with_them() {
    let shop = Shop::new();
    shop.lock("alice", "a");
    let refused = |limits: Json| {
        let outcome = shop.try_lock("alice", "b", &limits);
        outcome.map_or_else(|problem| problem.code(), |_| "locked")
    };
    assert_eq!(refused(json!({ "quota": { "sessions": 1 } })), "quota_exceeded");
    assert_eq!(refused(json!({ "rate": 0, "quota": { "sessions": 2, "workstations": 1 } })), "locked");
    shop.acquire("bob", "F1", None);
    let full = json!({ "quota": { "sessions": 5, "workstations": 1 } });
    assert_eq!(shop.try_lock("bob", "c", &full).map_err(|problem| problem.code()), Err("quota_exceeded"));
    assert_eq!(shop.count("items WHERE path = 'c'"), 0, "what is refused leaves nothing behind");
}

/// What SQLite does to read a page of locks, and to find those that are to be renewed.
#[test]
fn locks_are_found_without_looking_at_others() {
    let shop = Shop::new();
    let plan = |statement: &str| {
        let connection = rusqlite::Connection::open(shop.file()).expect("the file");
        let mut prepared = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect("a statement");
        let steps = prepared.query_map([], |row| row.get::<_, String>(3)).expect("a plan");
        steps.map(|step| step.expect("a step")).collect::<Vec<_>>().join("; ")
    };
    let page = plan(
        "SELECT 1 FROM (SELECT seq, document FROM locks WHERE seq > 7 AND repository = 'cad' ORDER BY seq LIMIT 9)",
    );
    assert!(page.contains("sessions_by_repository (repository=? AND rowid>?)"), "{page}");
    assert!(!page.contains("TEMP B-TREE"), "{page}");
    let path = plan(
        "SELECT 1 FROM (SELECT seq FROM locks WHERE repository = 'cad' AND part_number = 'x' AND seq > 0 LIMIT 9)",
    );
    assert!(path.contains("(part_number=?)"), "{path}");
    let renewed = plan(
        "SELECT seq FROM (SELECT seq FROM sessions WHERE repository = 'cad' AND user = 'a' AND ended_at IS NULL
         AND expires_at > '' AND renewed_at < 'z' ORDER BY expires_at LIMIT 50)",
    );
    assert!(renewed.contains("sessions_by_locker (repository=? AND user=? AND expires_at>?)"), "{renewed}");
    assert!(!renewed.contains("TEMP B-TREE"), "{renewed}");
}
