//! With the real git-lfs, as its users type.

use baton_tests::{App, Json, on_shared_app, paths};
use serde_json::json;

use crate::clone::Origin;

on_shared_app!(
    files_are_locked_listed_and_unlocked,
    who_wants_a_locked_file_reads_how_to_ask,
    an_admin_unlocks_by_force,
    a_push_against_a_lock_is_refused,
    objects_go_to_the_upstream_without_the_token,
    many_locks_come_in_pages,
);

fn files_are_locked_listed_and_unlocked(app: &App) {
    let origin = Origin::new(app);
    let (alice, bob) = (origin.clone_for(&app.user("editor")), origin.clone_for(&app.user("editor")));
    assert!(alice.is_read_only("parts/flange.step"));
    let said = alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    assert!(said.contains("Locked parts/flange.step"), "{said}");
    assert!(!alice.is_read_only("parts/flange.step"));
    let listed = bob.lfs(&["locks"]).expect_ok();
    assert!(listed.contains("parts/flange.step") && listed.contains(&alice.user.user), "{listed}");
    let verified = alice.lfs(&["locks", "--verify"]).expect_ok();
    assert!(verified.lines().any(|line| line.starts_with("O parts/flange.step")), "{verified}");
    let listed = alice.lfs(&["locks", "--path", "parts/flange.step", "--json"]).expect_ok();
    assert!(listed.contains(origin.repository.sessions(&bob.user)[0].text("id")), "{listed}");
    let said = alice.lfs(&["unlock", "parts/flange.step"]).expect_ok();
    assert!(said.contains("Unlocked parts/flange.step"), "{said}");
    assert_eq!(bob.lfs(&["locks"]).expect_ok(), "");
    bob.lfs(&["lock", "parts/flange.step"]).expect_ok();
    let id = origin.repository.sessions(&bob.user)[0].id();
    bob.lfs(&["unlock", &format!("--id={id}")]).expect_ok();
}

fn who_wants_a_locked_file_reads_how_to_ask(app: &App) {
    let origin = Origin::new(app);
    let (alice, bob) = (origin.clone_for(&app.user("editor")), origin.clone_for(&app.user("editor")));
    alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    let session = origin.repository.sessions(&alice.user)[0].clone();
    alice.user.post(&paths::of_session(&session, "renew"), &json!({ "note": "new flange" })).ok(200);
    let since = session.text("acquired_at")[..16].replace('T', " ");
    let told = [alice.user.user.as_str(), &since, "new flange", "baton ask parts/flange.step --line"];
    bob.lfs(&["lock", "parts/flange.step"]).expect_refused(&told);
    bob.lfs(&["unlock", "parts/flange.step"]).expect_refused(&told[..1]);
    bob.lfs(&["lock", "../outside.step"]).expect_refused(&[]);
}

fn an_admin_unlocks_by_force(app: &App) {
    let origin = Origin::new(app);
    let (alice, admin) = (origin.clone_for(&app.user("editor")), origin.clone_for(&app.user("admin")));
    alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    admin.lfs(&["unlock", "parts/flange.step"]).expect_refused(&[&alice.user.user]);
    admin.lfs(&["unlock", "--force", "parts/flange.step"]).expect_ok();
    assert_eq!(alice.lfs(&["locks"]).expect_ok(), "");
}

fn a_push_against_a_lock_is_refused(app: &App) {
    let origin = Origin::new(app);
    let (alice, bob) = (origin.clone_for(&app.user("editor")), origin.clone_for(&app.user("editor")));
    alice.lfs(&["lock", "parts/flange.step"]).expect_ok();
    bob.write("parts/flange.step", "bob's");
    bob.commit("what bob made of it");
    bob.push().expect_refused(&["parts/flange.step", &alice.user.user]);
    bob.git(&["reset", "--quiet", "--hard", "origin/main"]).expect_ok();
    bob.write("parts/rib.step", "bob's own");
    bob.commit("another part");
    bob.push().expect_ok();
    alice.git(&["pull", "--quiet", "--rebase", "origin", "main"]).expect_ok();
    alice.write("parts/flange.step", "alice's");
    alice.commit("what alice made of it");
    let said = alice.push().expect_ok();
    assert!(said.contains("parts/flange.step"), "it tells her that she may unlock it: {said}");
}

fn objects_go_to_the_upstream_without_the_token(app: &App) {
    let origin = Origin::new(app);
    let alice = origin.clone_for(&app.user("editor"));
    alice.write("parts/rib.step", "a rib");
    alice.commit("a rib");
    alice.push().expect_ok();
    assert_eq!(origin.upstream.objects(), 2);
    let bob = origin.clone_for(&app.user("editor"));
    bob.git(&["pull", "--quiet", "origin", "main"]).expect_ok();
    assert_eq!(bob.read("parts/rib.step"), "a rib");
    assert!(origin.upstream.batches() >= 2);
    let shown = origin.upstream.shown();
    assert!(shown.contains("authorization: Basic"), "{shown}");
    for user in [&alice.user, &bob.user] {
        assert!(!shown.contains(&user.token), "{shown}");
    }
    // Encoded it would begin like this: everything that it was shown is its own.
    for line in shown.lines().filter(|line| line.starts_with("authorization")) {
        assert_eq!(line, "authorization: Basic dXBzdHJlYW06aXRzLW93bi1zZWNyZXQ=");
    }
}

fn many_locks_come_in_pages(app: &App) {
    let origin = Origin::new(app);
    let alice = origin.clone_for(&app.user("editor"));
    let names: Vec<String> = (0..30).map(|number| format!("parts/{number}.step")).collect();
    names.iter().for_each(|name| drop(origin.repository.lock(&alice.user, name)));
    let listed = alice.lfs(&["locks", "--limit", "7"]).expect_ok();
    assert_eq!(listed.lines().count(), 7, "{listed}");
    assert_eq!(alice.lfs(&["locks"]).expect_ok().lines().count(), 30);
}
