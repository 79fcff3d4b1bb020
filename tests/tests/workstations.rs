//! "Workstations" of the contract.

use std::thread;

use baton_tests::{App, Json, eventually, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    registering_makes_a_workstation,
    registering_again_updates_the_name,
    a_fingerprint_belongs_to_one_user,
    registering_at_once_makes_one,
    the_list_is_of_ones_own,
    admins_list_all,
    one_is_for_its_owner_and_admins,
    a_heartbeat_is_now,
    a_heartbeat_is_the_owners,
    deleting_is_the_owners_and_admins,
    deleting_releases_its_sessions,
    deleting_ends_its_subscriptions,
    deleting_leaves_the_line,
    deleting_frees_the_fingerprint,
);

fn body(fingerprint: &str, name: &str) -> Value {
    json!({ "name": name, "fingerprint": fingerprint })
}

fn registering_makes_a_workstation(app: &App) {
    let user = app.user("viewer");
    let fingerprint = unique::name("print");
    let made = user.post("/api/workstations", &body(&fingerprint, "Drawing office, left")).ok(201);
    shape::workstation(&made);
    assert_eq!(made["user"], user.user);
    assert_eq!(made["name"], "Drawing office, left");
    assert_eq!(made["fingerprint"], fingerprint);
    assert_eq!(user.get(&paths::workstation(&made.id())).ok(200), made);
}

fn registering_again_updates_the_name(app: &App) {
    let user = app.user("viewer");
    let fingerprint = unique::name("print");
    let made = user.post("/api/workstations", &body(&fingerprint, "old")).ok(201);
    let again = user.post("/api/workstations", &body(&fingerprint, "new")).ok(200);
    shape::workstation(&again);
    for same in ["id", "user", "fingerprint", "created_at"] {
        assert_eq!(again[same], made[same]);
    }
    assert_eq!(again["name"], "new");
    assert_eq!(user.get(&paths::workstation(&made.id())).ok(200)["name"], "new");
    assert_eq!(user.pages("/api/workstations", "workstations", 10).len(), 1);
}

fn a_fingerprint_belongs_to_one_user(app: &App) {
    let (alice, bob) = (app.user("viewer"), app.user("admin"));
    let fingerprint = unique::name("print");
    let made = alice.post("/api/workstations", &body(&fingerprint, "alice's")).ok(201);
    bob.post("/api/workstations", &body(&fingerprint, "bob's")).expect(409, "fingerprint_taken");
    assert_eq!(alice.get(&paths::workstation(&made.id())).ok(200)["name"], "alice's");
}

fn registering_at_once_makes_one(app: &App) {
    let user = app.user("viewer");
    let body = body(&unique::name("print"), "desk");
    let statuses: Vec<u16> = thread::scope(|scope| {
        let register = || user.post("/api/workstations", &body).status;
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(register)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 9, "{statuses:?}");
    assert_eq!(user.pages("/api/workstations", "workstations", 10).len(), 1);
}

fn the_list_is_of_ones_own(app: &App) {
    let (alice, bob) = (app.user("viewer"), app.user("viewer"));
    let mut hers = [alice.workstation(), alice.workstation()];
    bob.workstation();
    let list = alice.get("/api/workstations").ok(200);
    list.list("workstations").iter().for_each(shape::workstation);
    let mut ids: Vec<&str> = list.list("workstations").iter().map(|w| w.text("id")).collect();
    ids.sort_unstable();
    hers.sort_unstable();
    assert_eq!(ids, hers);
    // An admin's own list is no different.
    assert_eq!(app.user("admin").pages("/api/workstations", "workstations", 10).len(), 0);
}

fn admins_list_all(app: &App) {
    let (alice, bob) = (app.user("viewer"), app.user("editor"));
    let made = [alice.workstation(), bob.workstation()];
    for client in [&alice, &bob] {
        client.get("/api/workstations?all=true").expect(403, "forbidden");
    }
    let all = app.user("admin").pages("/api/workstations?all=true", "workstations", 50);
    for id in made {
        assert_eq!(all.iter().filter(|w| w["id"] == id).count(), 1, "{id} once in the list of all");
    }
}

fn one_is_for_its_owner_and_admins(app: &App) {
    let alice = app.user("viewer");
    let path = paths::workstation(&alice.workstation());
    let own = alice.get(&path).ok(200);
    assert_eq!(app.user("admin").get(&path).ok(200), own);
    app.user("viewer").get(&path).expect(403, "forbidden");
    app.user("editor").get(&path).expect(403, "forbidden");
}

fn a_heartbeat_is_now(app: &App) {
    let alice = app.user("viewer");
    let path = paths::workstation(&alice.workstation());
    let before = alice.get(&path).ok(200).time("last_seen");
    eventually("last_seen moves on with heartbeats", || {
        alice.post_empty(&format!("{path}/heartbeat")).ok(200);
        let seen = alice.get(&path).ok(200).time("last_seen");
        assert!(seen >= before, "last_seen went back");
        (seen > before).then_some(())
    });
    let now = chrono::DateTime::from_timestamp(baton_tests::token::now(), 0).expect("a time");
    let seen = alice.get(&path).ok(200).time("last_seen");
    assert!((now - seen).num_seconds().abs() <= 10, "last_seen is {seen}, and it is {now}");
}

fn a_heartbeat_is_the_owners(app: &App) {
    let path = paths::workstation(&app.user("viewer").workstation());
    app.user("viewer").post_empty(&format!("{path}/heartbeat")).expect(403, "forbidden");
    app.user("editor").post_empty(&format!("{path}/heartbeat")).expect(403, "forbidden");
}

fn deleting_is_the_owners_and_admins(app: &App) {
    let alice = app.user("viewer");
    let (one, two) = (paths::workstation(&alice.workstation()), paths::workstation(&alice.workstation()));
    app.user("editor").delete(&one).expect(403, "forbidden");
    alice.get(&one).ok(200);
    assert_eq!(alice.delete(&one).ok(204), Value::Null);
    app.user("admin").delete(&two).ok(204);
    for path in [one, two] {
        alice.get(&path).expect(404, "not_found");
        alice.delete(&path).expect(404, "not_found");
        alice.post_empty(&format!("{path}/heartbeat")).expect(404, "not_found");
    }
    assert_eq!(alice.pages("/api/workstations", "workstations", 10).len(), 0);
}

fn deleting_releases_its_sessions(app: &App) {
    let (alice, watcher) = (app.seat(), app.seat());
    let parts = [unique::part(), unique::part()];
    let sessions: Vec<Value> = parts.iter().map(|part| alice.acquire(part)).collect();
    parts.iter().for_each(|part| watcher.watch(part));
    let mut inbox = watcher.inbox();
    alice.delete(&paths::workstation(&alice.workstation)).ok(204);
    let events = inbox.expect_all(&["edit.session_released", "edit.session_released"]);
    for (part, session) in parts.iter().zip(&sessions) {
        assert!(events.iter().any(|e| e["data"]["session_id"] == session["id"]), "{events:?}");
        assert_eq!(watcher.active(part), Vec::<Value>::new());
        let lost = alice.renew(session).expect(410, "session_lost");
        assert_eq!(lost["reason"], "released");
        assert!(watcher.acquire(part).int("fence") > session.int("fence"));
    }
}

fn deleting_ends_its_subscriptions(app: &App) {
    let alice = app.seat();
    alice.watch(&unique::part());
    let path = paths::workstation(&alice.workstation);
    alice.delete(&path).ok(204);
    alice.get(&format!("{path}/subscriptions")).expect(404, "not_found");
    alice.events(&alice.workstation, None, 0).expect_one_of(&[403, 404, 410]);
}

/// A session must not go to a workstation that is no more; whoever stands behind it gets the session.
fn deleting_leaves_the_line(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    bob.stand_in_line(&session);
    carol.stand_in_line(&session);
    bob.delete(&paths::workstation(&bob.workstation)).ok(204);
    alice.release(&session);
    carol.held(&part);
}

fn deleting_frees_the_fingerprint(app: &App) {
    let (alice, bob) = (app.user("viewer"), app.user("viewer"));
    let body = body(&unique::name("print"), "desk");
    let made = alice.post("/api/workstations", &body).ok(201);
    alice.delete(&paths::workstation(&made.id())).ok(204);
    let other = bob.post("/api/workstations", &body).ok(201);
    assert_ne!(other["id"], made["id"]);
    assert_eq!(other["user"], bob.user);
}
