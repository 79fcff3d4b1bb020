//! Who hears of what, and who doesn't. (The data of each event is checked with the section that it belongs to.)

use baton_tests::{App, Seat, on_shared_app, paths, unique};
use serde_json::json;

on_shared_app!(
    watchers_hear_of_sessions,
    strangers_hear_nothing,
    holders_hear_of_their_part,
    unsubscribing_ends_what_is_for_watchers,
    what_is_addressed_arrives_without_a_subscription,
    workstations_of_one_user_are_apart,
    who_watches_all_hears_there_what_is_asked_elsewhere,
    watching_starts_with_the_subscription,
    renewing_is_no_event,
    a_refused_change_is_no_event,
);

fn watchers_hear_of_sessions(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let object = json!({ "object_id": "Sketch001" });
    let session = editor.acquire_with(&part, &object);
    editor.release(&session);
    let members = ["session_id", "user", "workstation_id", "object_id", "fence"];
    for kind in ["edit.session_acquired", "edit.session_released"] {
        let event = inbox.expect(kind, &members);
        assert_eq!(event["data"]["session_id"], session["id"]);
        for same in ["user", "workstation_id", "object_id", "fence"] {
            assert_eq!(event["data"][same], session[same], "{same} of {kind}");
        }
        assert_eq!(event["part_number"], part);
        assert_eq!(event["item_id"], session["item_id"]);
    }
    inbox.expect_nothing_more();
}

fn strangers_hear_nothing(app: &App) {
    let (stranger, alice, bob, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    stranger.watch(&unique::part());
    let mut inbox = stranger.inbox();
    let session = alice.acquire(&part);
    bob.stand_in_line(&session);
    alice.release(&session);
    bob.release(&bob.held(&part));
    inbox.expect_nothing_more();
}

fn holders_hear_of_their_part(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let mut inbox = alice.inbox();
    let own = alice.acquire_with(&part, &json!({ "object_id": "A" }));
    let other = bob.acquire_with(&part, &json!({ "object_id": "B" }));
    for session in [own, other] {
        let event = inbox.expect("edit.session_acquired", &[]);
        assert_eq!(event["data"]["session_id"], session["id"]);
    }
}

fn unsubscribe(seat: &Seat, part: &str) {
    seat.delete(&paths::subscription(&seat.workstation, part)).ok(204);
}

fn unsubscribing_ends_what_is_for_watchers(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let session = editor.acquire(&part);
    inbox.expect("edit.session_acquired", &[]);
    unsubscribe(&watcher, &part);
    editor.release(&session);
    inbox.expect_nothing_more();
    watcher.watch(&part);
    editor.acquire(&part);
    inbox.expect("edit.session_acquired", &[]);
    inbox.expect_nothing_more();
}

fn what_is_addressed_arrives_without_a_subscription(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    unsubscribe(&alice, &part);
    let (mut at_alice, mut at_bob) = (alice.inbox(), bob.inbox());
    let request = bob.ask_for_transfer(&session);
    unsubscribe(&bob, &part);
    at_alice.expect("edit.handoff_requested", &[]);
    alice.decline(&request);
    at_bob.expect("edit.handoff_declined", &[]);
    let request = bob.ask_for_transfer(&session);
    unsubscribe(&bob, &part);
    at_alice.expect("edit.handoff_requested", &[]);
    alice.accept(&request);
    // Both sides, watching or not.
    at_alice.expect("edit.session_transferred", &[]);
    at_bob.expect_all(&["edit.session_transferred", "edit.handoff_accepted"]);
    at_alice.expect_nothing_more();
    at_bob.expect_nothing_more();
}

fn workstations_of_one_user_are_apart(app: &App) {
    let (desk, asking, part) = (app.seat(), app.seat(), unique::part());
    let laptop = Seat::new(desk.as_role("editor"));
    let session = desk.acquire(&part);
    let (mut at_desk, mut at_laptop) = (desk.inbox(), laptop.inbox());
    asking.ask(&session);
    at_desk.expect("edit.handoff_requested", &[]);
    at_laptop.expect_nothing_more();
}

fn watching_starts_with_the_subscription(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    let mut inbox = watcher.inbox();
    let session = editor.acquire(&part);
    watcher.watch(&part);
    editor.release(&session);
    // What happened after watching is sure; whether older news come with it is not.
    let mut event = inbox.take();
    if event["type"] == "edit.session_acquired" {
        event = inbox.take();
    }
    assert_eq!(event["type"], "edit.session_released");
    inbox.expect_nothing_more();
}

fn renewing_is_no_event(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let session = editor.acquire(&part);
    let mut inbox = watcher.inbox();
    editor.renew(&session).ok(200);
    editor.try_acquire(&part, &json!({})).ok(200);
    inbox.expect_nothing_more();
}

fn a_refused_change_is_no_event(app: &App) {
    let (watcher, alice, bob, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let session = alice.acquire(&part);
    let (mut at_watcher, mut at_alice) = (watcher.inbox(), alice.inbox());
    bob.try_acquire(&part, &json!({})).expect(409, "held");
    bob.try_release(&session).expect(403, "forbidden");
    bob.renew(&session).expect(403, "forbidden");
    bob.try_ask(&session, &json!({ "message": "" })).invalid("message");
    alice.try_ask(&session, &json!({ "message": "May I?" })).expect(409, "own_session");
    alice.verify(&session, 0).expect(409, "stale_fence");
    at_watcher.expect_nothing_more();
    at_alice.expect_nothing_more();
}

fn who_watches_all_hears_there_what_is_asked_elsewhere(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    // The same person at a browser, and somebody else who sees as much.
    let (board, stranger) = (Seat::new(alice.as_role("viewer")), app.seat());
    for seat in [&board, &stranger] {
        seat.watch(&format!("{part}*"));
    }
    let (mut hers, mut others) = (board.inbox(), stranger.inbox());
    let request = bob.ask_for_transfer(&session);
    assert_eq!(hers.expect("edit.handoff_requested", &[])["data"]["request_id"], request["id"]);
    alice.accept(&request);
    // What is for watchers is for both, once; what is said to one person is not for another.
    hers.expect("edit.session_transferred", &[]);
    hers.expect_nothing_more();
    others.expect("edit.session_transferred", &[]);
    others.expect_nothing_more();
}
