//! "Giving, keeping, and what is stale" of the contract.

use baton_tests::{App, Json, Mode, Seat, Setup, encode, on_own_app, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_session_is_given_to_a_workstation,
    a_session_is_given_to_a_user,
    who_stands_in_line_waits_on_the_new_one,
    giving_is_refused_where_it_makes_no_sense,
    giving_names_one_recipient,
    a_release_leaves_a_revision,
    an_acquire_expects_a_revision,
    held_goes_before_outdated,
    revisions_are_texts,
);

on_own_app!(what_is_stale_is_told_once);

fn try_give(seat: &Seat, session: &Value, to: &Value) -> baton_tests::Response {
    seat.post(&paths::of_session(session, "give"), to)
}

fn a_session_is_given_to_a_workstation(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let more = json!({ "object_id": "Body", "context_level": "sketch", "note": "new flange" });
    let old = alice.acquire_with(&part, &more);
    let (mut at_alice, mut at_bob) = (alice.inbox(), bob.inbox());
    let new = try_give(&alice, &old, &json!({ "workstation_id": bob.workstation })).ok(200);
    shape::session(&new);
    assert_ne!(new["id"], old["id"]);
    assert!(new.int("fence") > old.int("fence"));
    assert_eq!((&new["user"], &new["workstation_id"]), (&json!(bob.user), &json!(bob.workstation)));
    for same in ["item_id", "part_number", "object_id", "context_level", "note"] {
        assert_eq!(new[same], old[same], "{same} goes along");
    }
    assert_eq!(bob.held(&part), new);
    for inbox in [&mut at_alice, &mut at_bob] {
        let told = inbox.expect("edit.session_transferred", &["from", "to", "fence"]);
        assert_eq!(told["data"]["session_id"], old["id"]);
        assert_eq!(told["data"]["new_session_id"], new["id"]);
    }
    assert_eq!(alice.renew(&old).expect(410, "session_lost")["reason"], "transferred");
    bob.renew(&new).ok(200);
}

fn a_session_is_given_to_a_user(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let new = try_give(&alice, &session, &json!({ "user": bob.user.to_uppercase() })).ok(200);
    assert_eq!(new["workstation_id"], bob.workstation);
    let nobody = json!({ "user": unique::name("nobody") });
    try_give(&bob, &new, &nobody).expect(409, "no_workstation");
    assert_eq!(bob.held(&part), new);
}

fn who_stands_in_line_waits_on_the_new_one(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = carol.stand_in_line(&session);
    let mut at_bob = bob.inbox();
    let new = try_give(&alice, &session, &json!({ "workstation_id": bob.workstation })).ok(200);
    let moved = carol.request(request.text("id"));
    assert_eq!((&moved["session_id"], &moved["holder"]), (&new["id"], &json!(bob.user)));
    at_bob.expect("edit.session_transferred", &[]);
    assert_eq!(at_bob.expect("edit.handoff_requested", &[])["data"]["request_id"], request["id"]);
    bob.release(&new);
    carol.held(&part);
}

fn giving_is_refused_where_it_makes_no_sense(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let to_bob = json!({ "workstation_id": bob.workstation });
    try_give(&bob, &session, &to_bob).expect(403, "forbidden");
    try_give(&Seat::clone(&bob), &session, &json!({ "user": bob.user })).expect(403, "forbidden");
    let own = alice.workstation();
    for to in [
        json!({ "user": alice.user }),
        json!({ "workstation_id": alice.workstation }),
        json!({ "workstation_id": own }),
    ] {
        try_give(&alice, &session, &to).expect(409, "own_session");
    }
    try_give(&alice, &session, &json!({ "workstation_id": unique::uuid() })).invalid("workstation_id");
    let elsewhere = json!({ "id": session["id"], "part_number": unique::part() });
    try_give(&alice, &elsewhere, &to_bob).expect(404, "not_found");
    assert_eq!(alice.held(&part), session);
    let object = alice.acquire_with(&part, &json!({ "object_id": "Body" }));
    let held = try_give(&alice, &session, &to_bob).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], object["id"]);
    alice.release(&session);
    assert_eq!(try_give(&alice, &session, &to_bob).expect(410, "session_lost")["reason"], "released");
}

fn giving_names_one_recipient(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let session = alice.acquire(&unique::part());
    try_give(&alice, &session, &json!({})).invalid("workstation_id");
    let both = json!({ "workstation_id": bob.workstation, "user": bob.user });
    try_give(&alice, &session, &both).invalid("workstation_id");
    try_give(&alice, &session, &json!({ "workstation_id": "no uuid" })).invalid("workstation_id");
    try_give(&alice, &session, &json!({ "user": 5 })).invalid("user");
}

fn release_at(seat: &Seat, session: &Value, revision: &str) -> baton_tests::Response {
    seat.delete(&format!("{}?revision={}", paths::session(session), encode(revision)))
}

fn a_release_leaves_a_revision(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let revision = || seat.get(&paths::item(&part)).ok(200)["revision"].clone();
    let session = seat.acquire(&part);
    assert_eq!(revision(), Value::Null);
    release_at(&seat, &session, "7").ok(204);
    assert_eq!(revision(), "7");
    release_at(&seat, &session, "8").ok(204);
    assert_eq!(revision(), "7", "it had been released before");
    seat.release(&seat.acquire(&part));
    assert_eq!(revision(), "7", "nobody has said another one");
    release_at(&app.seat(), &session, "9").expect(403, "forbidden");
    assert_eq!(revision(), "7");
}

fn an_acquire_expects_a_revision(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    // One without any fits.
    let session = seat.acquire_with(&part, &json!({ "expected_revision": "6" }));
    release_at(&seat, &session, "7").ok(204);
    let refused = seat.try_acquire(&part, &json!({ "expected_revision": "6" })).expect(409, "outdated");
    assert_eq!(refused["revision"], "7");
    assert_eq!(seat.active(&part), Vec::<Value>::new());
    let session = seat.acquire_with(&part, &json!({ "expected_revision": "7" }));
    seat.try_acquire(&part, &json!({ "expected_revision": "7" })).ok(200);
    seat.try_acquire(&part, &json!({ "expected_revision": "8" })).expect(409, "outdated");
    seat.release(&session);
    seat.acquire(&part);
}

fn held_goes_before_outdated(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    release_at(&alice, &alice.acquire(&part), "7").ok(204);
    let session = alice.acquire(&part);
    let held = bob.try_acquire(&part, &json!({ "expected_revision": "6" })).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], session["id"]);
}

fn revisions_are_texts(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    for bad in [String::new(), "  ".to_owned(), "a\nb".to_owned(), "x".repeat(201)] {
        release_at(&seat, &session, &bad).invalid("revision");
        seat.try_acquire(&unique::part(), &json!({ "expected_revision": bad })).invalid("expected_revision");
    }
    let odd = format!("{}'%_", "\u{e9}".repeat(197));
    release_at(&seat, &session, &odd).ok(204);
    assert_eq!(seat.get(&paths::item(&part)).ok(200)["revision"], odd);
    seat.acquire_with(&part, &json!({ "expected_revision": odd }));
}

fn what_is_stale_is_told_once(mode: Mode) {
    // 1.8 s
    let app = Setup::new(mode).variable("session_stale_hours", "0.0005").start();
    let (holder, watcher, asking, other, part) = (app.seat(), app.seat(), app.seat(), app.seat(), unique::part());
    let session = holder.acquire(&part);
    watcher.watch(&part);
    asking.ask_with(&session, &json!({ "message": "May I?" }));
    let mut inboxes = [holder.inbox(), watcher.inbox(), asking.inbox()];
    let mut at_other = other.inbox();
    for inbox in &mut inboxes {
        let told = inbox.expect("edit.session_stale", &["user", "workstation_id", "object_id", "fence", "active_at"]);
        assert_eq!(told["data"]["session_id"], session["id"]);
        assert_eq!(told["part_number"], part);
    }
    at_other.expect_nothing_more();
    inboxes.iter_mut().for_each(baton_tests::Inbox::expect_nothing_more);
    holder.renew(&session).ok(200);
    inboxes[0].expect("edit.session_stale", &[]);
}
