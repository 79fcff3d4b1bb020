//! Giving locks back, and taking them.

use std::sync::OnceLock;

use baton_tests::{App, Json, Mode, Setup, on_own_app, on_shared_app, paths, unique};
use serde_json::json;

use crate::scene::{Repository, ok, refused};

on_shared_app!(
    the_holder_unlocks,
    a_stranger_does_not,
    force_is_a_force_release_by_an_admin,
    force_by_the_holder_is_a_release,
    an_id_that_is_none_is_not_found,
    what_is_over_is_told,
);

on_own_app!(force_waits_for_an_approval_where_one_is_wanted);

fn the_holder_unlocks(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "a");
    assert_eq!(ok(&repository.try_unlock(&alice, lock.text("id"), false), 200)["lock"], lock);
    assert_eq!(repository.locked(&bob), Vec::<String>::new());
    // Again, as with sessions.
    assert_eq!(ok(&repository.try_unlock(&alice, lock.text("id"), false), 200)["lock"], lock);
    let next = repository.lock(&bob, "a");
    // The body may be left out.
    ok(&bob.call("POST", &repository.path(&format!("locks/{}/unlock", next.text("id")))).send(), 200);
}

fn a_stranger_does_not(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.user("editor"), Repository::new());
    let lock = repository.lock(&alice, "a");
    for force in [false, true] {
        let message = refused(&repository.try_unlock(&bob, lock.text("id"), force), 403);
        assert!(message.contains(&alice.user) && message.contains("baton ask a --line"), "{message}");
    }
    refused(&repository.try_unlock(&app.user("admin"), lock.text("id"), false), 403);
    refused(&repository.try_unlock(&app.user("viewer"), lock.text("id"), true), 403);
    assert_eq!(repository.locked(&bob), ["a"]);
}

fn force_is_a_force_release_by_an_admin(app: &App) {
    let (alice, admin, repository) = (app.user("editor"), app.user("admin"), Repository::new());
    let lock = repository.lock(&alice, "a");
    let workstation = repository.sessions(&alice)[0].text("workstation_id").to_owned();
    let cursor = alice.cursor(&workstation);
    assert_eq!(ok(&repository.try_unlock(&admin, lock.text("id"), true), 200)["lock"], lock);
    let events = alice.events(&workstation, Some(&cursor), 30).ok(200);
    let event = events.list("events").iter().find(|event| event["type"] == "edit.force_released").cloned();
    let event = event.unwrap_or_else(|| panic!("nobody told her: {events}"));
    assert_eq!((&event["data"]["reason"], &event["path"]), (&json!("git lfs unlock --force"), &json!("a")));
    let entry = admin.get(&format!("/api/audit?resource_id={}&action=edit.force_released", lock.text("id"))).ok(200);
    let details = &entry.list("entries")[0]["details"];
    assert_eq!((&details["reason"], &details["admin"]), (&json!("git lfs unlock --force"), &json!(admin.user)));
    refused(&repository.try_unlock(&alice, lock.text("id"), false), 410);
}

fn force_by_the_holder_is_a_release(app: &App) {
    let (alice, repository) = (app.user("admin"), Repository::new());
    let lock = repository.lock(&alice, "a");
    ok(&repository.try_unlock(&alice, lock.text("id"), true), 200);
    let entries = alice.get(&format!("/api/audit?resource_id={}", lock.text("id"))).ok(200);
    let actions: Vec<_> = entries.list("entries").iter().map(|entry| entry.text("action")).collect();
    assert!(actions.contains(&"edit.session_released") && !actions.contains(&"edit.force_released"), "{actions:?}");
}

fn an_id_that_is_none_is_not_found(app: &App) {
    let (alice, repository) = (app.user("admin"), Repository::new());
    repository.lock(&alice, "a");
    for id in ["1", "x", &unique::uuid(), "..%2F", "%00", &"9".repeat(500)] {
        refused(&repository.try_unlock(&alice, id, true), 404);
    }
}

fn what_is_over_is_told(app: &App) {
    let (alice, bob, repository) = (app.user("editor"), app.seat(), Repository::new());
    let lock = repository.lock(&alice, "a");
    let session = repository.sessions(&alice)[0].clone();
    let request = bob.ask_for_transfer(&session);
    alice.post(&paths::of_request(&request, "accept"), &json!({})).ok(200);
    refused(&repository.try_unlock(&alice, lock.text("id"), false), 410);
    refused(&repository.try_unlock(&bob, lock.text("id"), true), 410);
}

/// All tests of this mode share it.
fn gated(mode: Mode) -> &'static App {
    static EMBEDDED: OnceLock<App> = OnceLock::new();
    static REDIS: OnceLock<App> = OnceLock::new();
    let app = if mode == Mode::Embedded { &EMBEDDED } else { &REDIS };
    app.get_or_init(|| Setup::new(mode).variable("force_release_requires_approval", "true").start())
}

fn force_waits_for_an_approval_where_one_is_wanted(mode: Mode) {
    let app = gated(mode);
    let (alice, admin, repository) = (app.user("editor"), app.user("admin"), Repository::new());
    let lock = repository.lock(&alice, "parts/a");
    let message = refused(&repository.try_unlock(&admin, lock.text("id"), true), 202);
    assert_eq!(repository.locked(&alice), ["parts/a"], "it stays until somebody has signed");
    let approvals = admin.pages("/api/approvals?state=pending", "approvals", 100);
    let approval = approvals.iter().find(|approval| approval["resource_id"] == lock["id"]).expect("an approval");
    assert!(message.contains(approval.text("id")) && message.contains("parts/a"), "{message}");
    assert_eq!(approval["reason"], "git lfs unlock --force");
}
