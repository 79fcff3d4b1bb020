//! What the holder answers, and what comes of it.

use std::thread;

use baton_tests::{App, Json, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    accepting_passes_the_session_on,
    accepting_keeps_the_scope,
    accepting_tells_both_sides_and_the_watchers,
    accepting_without_a_workstation_releases,
    a_transferred_session_is_lost_to_its_ex_holder,
    declining_tells_the_requester,
    declining_may_say_why_or_not,
    answering_is_the_holders,
    answering_twice_is_refused,
    answering_at_once_counts_once,
    accepting_races_with_releasing,
    a_body_of_nothing_answers_too,
);

fn accepting_passes_the_session_on(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = bob.ask_for_transfer(&session);
    assert_eq!(request["workstation_id"], bob.workstation);
    alice.accept(&request);
    let next = bob.held(&part);
    assert_ne!(next["id"], session["id"]);
    assert_eq!(next["user"], bob.user);
    assert!(next.int("fence") > session.int("fence"));
    assert!(next.time("expires_at") > next.time("acquired_at"));
    bob.verify(&next, next.int("fence")).ok(200);
    bob.renew(&next).ok(200);
    assert_eq!(bob.request(request.text("id"))["status"], "accepted");
    assert_eq!(alice.get(&paths::item(&part)).ok(200)["fence"], next["fence"]);
}

fn accepting_keeps_the_scope(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let object = json!({ "object_id": "Sketch001", "context_level": "sketch" });
    let session = alice.acquire_with(&part, &object);
    let other = alice.acquire_with(&part, &json!({ "object_id": "Sketch002" }));
    alice.accept(&bob.ask_for_transfer(&session));
    let active = bob.active(&part);
    assert_eq!(active.len(), 2, "{active:?}");
    assert!(active.contains(&other), "the other object's session changed: {active:?}");
    let next = active.iter().find(|s| s["workstation_id"] == bob.workstation).expect("bob's session");
    assert_eq!(next["object_id"], "Sketch001");
    assert_eq!(next["context_level"], "sketch");
    assert!(next.int("fence") > other.int("fence"), "a fence below one that was granted on the item");
}

fn accepting_tells_both_sides_and_the_watchers(app: &App) {
    let (alice, bob, watcher, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let session = alice.acquire(&part);
    let request = bob.ask_for_transfer(&session);
    let (mut at_alice, mut at_bob, mut at_watcher) = (alice.inbox(), bob.inbox(), watcher.inbox());
    alice.accept(&request);
    let next = bob.held(&part);
    let members = ["session_id", "new_session_id", "from", "to", "fence"];
    let transferred = at_watcher.expect("edit.session_transferred", &members);
    let data = &transferred["data"];
    assert_eq!(data["session_id"], session["id"]);
    assert_eq!(data["new_session_id"], next["id"]);
    assert_eq!(data["fence"], next["fence"]);
    assert_eq!(at_alice.expect("edit.session_transferred", &members), transferred);
    let at_requester = at_bob.expect_all(&["edit.session_transferred", "edit.handoff_accepted"]);
    assert_eq!(at_requester[0], transferred);
    let accepted = &at_requester[1];
    baton_tests::shape::event(accepted, &["request_id", "session_id", "holder", "message"]);
    assert_eq!(accepted["data"]["request_id"], request["id"]);
    assert_eq!(accepted["data"]["holder"], alice.user);
    for inbox in [&mut at_alice, &mut at_bob, &mut at_watcher] {
        inbox.expect_nothing_more();
    }
}

fn accepting_without_a_workstation_releases(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let mut inbox = alice.inbox();
    let request = bob.ask(&session);
    alice.accept(&request);
    assert_eq!(bob.active(&part), Vec::<Value>::new());
    inbox.expect("edit.handoff_requested", &[]);
    let released = inbox.expect("edit.session_released", &["session_id", "user", "workstation_id", "fence"]);
    assert_eq!(released["data"]["session_id"], session["id"]);
    assert_eq!(alice.renew(&session).expect(410, "session_lost")["reason"], "released");
    assert_eq!(bob.request(request.text("id"))["status"], "accepted");
    bob.acquire(&part);
}

fn a_transferred_session_is_lost_to_its_ex_holder(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    alice.accept(&bob.ask_for_transfer(&session));
    let next = bob.held(&part);
    assert_eq!(alice.renew(&session).expect(410, "session_lost")["reason"], "transferred");
    assert_eq!(alice.try_release(&session).expect(410, "session_lost")["reason"], "transferred");
    assert_eq!(alice.get(&paths::session(&session)).expect(410, "session_lost")["reason"], "transferred");
    alice.verify(&session, session.int("fence")).expect(409, "stale_fence");
    alice.renew(&next).expect(403, "forbidden");
    alice.try_release(&next).expect(403, "forbidden");
    let held = alice.try_acquire(&part, &json!({})).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], next["id"]);
    assert_eq!(bob.held(&part), next);
}

fn declining_tells_the_requester(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = bob.ask_for_transfer(&session);
    let mut inbox = bob.inbox();
    let path = paths::of_request(&request, "decline");
    let answered = alice.post(&path, &json!({ "message": "In an hour." })).ok(200);
    assert_eq!(answered["status"], "declined");
    assert_eq!(answered["answer"], "In an hour.");
    assert!(answered.time("answered_at") >= answered.time("created_at"));
    let event = inbox.expect("edit.handoff_declined", &["request_id", "session_id", "holder", "message"]);
    assert_eq!(event["data"]["request_id"], request["id"]);
    assert_eq!(event["data"]["session_id"], session["id"]);
    assert_eq!(event["data"]["holder"], alice.user);
    assert_eq!(event["data"]["message"], "In an hour.");
    inbox.expect_nothing_more();
    assert_eq!(alice.held(&part), session);
    assert_eq!(bob.request(request.text("id")), answered);
}

fn declining_may_say_why_or_not(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    for body in [json!({}), json!({ "message": null })] {
        let request = bob.ask(&alice.acquire(&unique::part()));
        let answered = alice.post(&paths::of_request(&request, "decline"), &body).ok(200);
        assert_eq!(answered["answer"], Value::Null);
    }
}

fn answering_is_the_holders(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let session = alice.acquire(&unique::part());
    let request = bob.ask_for_transfer(&session);
    for other in [&*bob, &app.user("editor")] {
        other.post(&paths::of_request(&request, "accept"), &json!({})).expect(403, "forbidden");
        other.post(&paths::of_request(&request, "decline"), &json!({})).expect(403, "forbidden");
    }
    assert_eq!(alice.held(session.text("part_number")), session);
    assert_eq!(bob.request(request.text("id"))["status"], "pending");
}

fn answering_twice_is_refused(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = bob.ask(&session);
    alice.decline(&request);
    for action in ["accept", "decline"] {
        alice.post(&paths::of_request(&request, action), &json!({})).expect(409, "not_pending");
    }
    let request = bob.ask_for_transfer(&session);
    alice.accept(&request);
    for action in ["accept", "decline"] {
        alice.post(&paths::of_request(&request, action), &json!({})).expect(409, "not_pending");
    }
    bob.held(&part);
}

fn answering_at_once_counts_once(app: &App) {
    for _ in 0..5 {
        let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
        let session = alice.acquire(&part);
        let request = bob.ask_for_transfer(&session);
        let statuses: Vec<u16> = thread::scope(|scope| {
            let answer = |number: usize| {
                let action = if number.is_multiple_of(2) { "accept" } else { "decline" };
                let path = paths::of_request(&request, action);
                let alice = &alice;
                scope.spawn(move || alice.post(&path, &json!({})).status)
            };
            let threads: Vec<_> = (0..6).map(answer).collect();
            threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
        });
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 409).count(), 5, "{statuses:?}");
        let accepted = bob.request(request.text("id"))["status"] == "accepted";
        if accepted {
            bob.held(&part)
        } else {
            alice.held(&part)
        };
    }
}

/// Whichever comes first, nobody is left with half of a handoff.
fn accepting_races_with_releasing(app: &App) {
    for _ in 0..8 {
        let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
        let session = alice.acquire(&part);
        let request = bob.ask_for_transfer(&session);
        let (accepted, released) = thread::scope(|scope| {
            let accept = scope.spawn(|| alice.post(&paths::of_request(&request, "accept"), &json!({})));
            let release = scope.spawn(|| alice.try_release(&session));
            (accept.join().expect("an answer"), release.join().expect("an answer"))
        });
        if accepted.status == 200 {
            released.expect(410, "session_lost");
            bob.held(&part);
        } else {
            accepted.expect_one_of(&[409, 410]);
            released.ok(204);
            assert_eq!(bob.active(&part), Vec::<Value>::new());
            assert_eq!(bob.request(request.text("id"))["status"], "superseded");
        }
    }
}

/// There is nothing that must be said in an answer.
fn a_body_of_nothing_answers_too(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    for action in ["accept", "decline"] {
        let request = bob.ask(&alice.acquire(&unique::part()));
        alice.post_empty(&paths::of_request(&request, action)).ok(200);
    }
}
