//! Locks are edit sessions.

use baton_tests::{App, Json, Seat, eventually, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

use crate::scene::{Repository, ok, refused};

on_shared_app!(
    a_lock_is_an_edit_session_on_what_lies_at_its_path,
    a_lock_lasts_for_two_weeks,
    locking_again_gives_the_same_lock,
    whoever_holds_it_is_told_with_how_to_ask,
    whoever_waits_in_line_goes_first,
    a_session_taken_otherwise_is_a_lock_too,
    locking_and_verifying_renew_ones_locks_there,
    watchers_hear_of_locks_with_their_paths,
    watchers_by_pattern_hear_of_what_begins_so,
    a_handed_over_lock_stays_one,
    paths_are_kept_byte_for_byte,
);

fn session(repository: &Repository, user: &baton_tests::Client) -> Value {
    let sessions = repository.sessions(user);
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    sessions[0].clone()
}

fn a_lock_is_an_edit_session_on_what_lies_at_its_path(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "parts/left flange.step");
    assert!(shape::is_uuid(&lock["id"]) && shape::is_time(&lock["locked_at"]), "{lock}");
    let session = session(&repository, &alice);
    shape::session(&session);
    assert_eq!((&session["id"], &session["user"]), (&lock["id"], &json!(alice.user)));
    assert_eq!((&session["repository"], &session["path"]), (&json!(repository.name), &json!("parts/left flange.step")));
    assert_eq!((&session["acquired_at"], &session["object_id"]), (&lock["locked_at"], &Value::Null));
    let item = alice.get(&paths::item(session.text("part_number"))).ok(200);
    assert_eq!((&item["repository"], &item["path"]), (&session["repository"], &session["path"]));
    assert!(item.text("part_number").starts_with(&format!("{}~parts~left_flange.step~", repository.name)), "{item}");
    let workstations = alice.pages("/api/workstations", "workstations", 100);
    assert_eq!(workstations.len(), 1, "{workstations:?}");
    assert_eq!(workstations[0]["id"], session["workstation_id"]);
    assert_eq!(workstations[0]["name"], format!("lfs:{}", repository.name));
    // What lies in no repository says so.
    let seat = app.seat();
    let elsewhere = seat.acquire(&unique::part());
    assert_eq!((elsewhere.get("repository"), elsewhere.get("path")), (Some(&Value::Null), Some(&Value::Null)));
}

fn a_lock_lasts_for_two_weeks(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    repository.lock(&alice, "a");
    let session = session(&repository, &alice);
    assert_eq!((session.time("expires_at") - session.time("renewed_at")).num_seconds(), 336 * 3600);
    app.user("admin").call("PUT", &repository.settings()).json(&json!({ "lock_ttl_hours": 2 })).send().ok(201);
    repository.lock(&alice, "a");
    let session = self::session(&repository, &alice);
    assert_eq!((session.time("expires_at") - session.time("renewed_at")).num_seconds(), 2 * 3600);
}

fn locking_again_gives_the_same_lock(app: &App) {
    let (alice, repository) = (app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "a");
    assert_eq!(repository.lock(&alice, "a"), lock);
    assert_eq!(repository.locked(&alice), ["a"]);
}

fn whoever_holds_it_is_told_with_how_to_ask(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "parts/a flange.step");
    let session = session(&repository, &alice);
    alice.post(&paths::of_session(&session, "renew"), &json!({ "note": "new\nflange" })).ok(200);
    let response = repository.try_lock(&bob, "parts/a flange.step");
    assert_eq!(ok(&response, 409)["lock"], lock);
    let message = refused(&response, 409);
    let since = lock.text("locked_at")[..16].replace('T', " ");
    for said in [&alice.user, &since, "new flange", "baton ask 'parts/a flange.step' --line"] {
        assert!(message.contains(said), "{said:?} is not in {message:?}");
    }
    assert_eq!(repository.locked(&bob), ["parts/a flange.step"]);
}

fn whoever_waits_in_line_goes_first(app: &App) {
    let (alice, bob, carol, repository) = (app.user("editor"), app.seat(), app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "a");
    let held = session(&repository, &alice);
    bob.stand_in_line(&held);
    refused(&repository.try_lock(&carol, "a"), 409);
    ok(&repository.try_unlock(&alice, lock.text("id"), false), 200);
    let message = refused(&repository.try_lock(&carol, "a"), 409);
    assert!(message.contains(&bob.user), "{message}");
    let own = repository.lock(&bob, "a");
    assert_eq!(own["id"], bob.held(held.text("part_number"))["id"], "the line's session is the lock");
}

fn a_session_taken_otherwise_is_a_lock_too(app: &App) {
    let (alice, repository) = (app.seat(), Repository::new());
    let lock = repository.lock(&alice, "a");
    let part = session(&repository, &alice).text("part_number").to_owned();
    ok(&repository.try_unlock(&alice, lock.text("id"), false), 200);
    let session = alice.acquire(&part);
    let again = repository.lock(&alice, "a");
    assert_eq!(again["id"], session["id"], "it is held already");
    assert_eq!(repository.verify(&alice, &json!({}))["ours"], json!([again]));
    refused(&repository.try_lock(&app.user("editor"), "a"), 409);
}

fn locking_and_verifying_renew_ones_locks_there(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let expiry = |path: &str| {
        let sessions = repository.sessions(&alice);
        sessions.iter().find(|session| session["path"] == path).expect("a session").time("expires_at")
    };
    repository.lock(&alice, "a");
    repository.lock(&bob, "of bob");
    let (first, of_bob) = (expiry("a"), expiry("of bob"));
    let second = eventually("locking another renews it", || {
        repository.lock(&alice, "b");
        Some(expiry("a")).filter(|renewed| *renewed > first)
    });
    eventually("verifying renews it", || {
        repository.verify(&alice, &json!({}));
        Some(()).filter(|()| expiry("a") > second)
    });
    assert_eq!(expiry("of bob"), of_bob, "it is not hers to renew");
    let admin = app.user("admin");
    let entries = admin.get("/api/audit?action=lfs.locks_renewed&limit=1000").ok(200);
    assert!(entries.list("entries").iter().any(|entry| entry["resource_id"] == repository.name), "{entries}");
}

fn watchers_hear_of_locks_with_their_paths(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.seat(), Repository::new());
    let lock = repository.lock(&alice, "parts/a.step");
    bob.watch(session(&repository, &alice).text("part_number"));
    let mut inbox = bob.inbox();
    ok(&repository.try_unlock(&alice, lock.text("id"), false), 200);
    let event = inbox.expect("edit.session_released", &["session_id"]);
    assert_eq!((&event["repository"], &event["path"]), (&json!(repository.name), &json!("parts/a.step")));
    assert_eq!(event["data"]["session_id"], lock["id"]);
}

fn watchers_by_pattern_hear_of_what_begins_so(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.seat(), Repository::new());
    let pattern = baton_tests::encode(&format!("{}/parts/*", repository.name));
    bob.put(&paths::subscription(&bob.workstation, &pattern)).ok(201);
    let mut inbox = bob.inbox();
    repository.lock(&alice, "docs/a");
    repository.lock(&alice, "parts/a");
    let event = inbox.expect("edit.session_acquired", &["session_id"]);
    assert_eq!(event["path"], "parts/a");
    inbox.expect_nothing_more();
}

fn a_handed_over_lock_stays_one(app: &App) {
    let (alice, bob, repository) = (Seat::new(app.user("editor")), app.seat(), Repository::new());
    repository.lock(&alice, "a");
    let request = bob.ask_for_transfer(&session(&repository, &alice));
    alice.accept(&request);
    let verified = repository.verify(&bob, &json!({}));
    assert_eq!(verified["ours"][0]["path"], "a");
    assert_eq!(verified["theirs"], json!([]));
}

fn paths_are_kept_byte_for_byte(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let longest = "x/".repeat(511) + "yz";
    assert_eq!(longest.len(), 1_024);
    // The same name in two of Unicode's forms is two files to git.
    let names = ["fl\u{e4}nge", "fla\u{308}nge", " a ", "a'b\"c", ".gitattributes", &longest];
    for name in names {
        repository.lock(&alice, name);
    }
    assert_eq!(repository.locked(&bob), names);
    refused(&repository.try_lock(&bob, "fla\u{308}nge"), 409);
    repository.lock(&bob, "FL\u{c4}NGE");
}
