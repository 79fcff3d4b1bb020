//! The line: `auto_acquire` gets the next session in the step in which the last one ends.

use baton_tests::{App, Json, Seat, meanwhile, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_release_grants_to_the_line,
    a_grant_tells_everyone_concerned,
    the_oldest_in_line_comes_first,
    the_rest_of_the_line_moves_on,
    who_only_asked_is_superseded,
    a_declined_request_leaves_the_line,
    an_accepted_request_goes_before_the_line,
    an_accepted_release_grants_to_the_line,
    a_deleted_workstation_grants_to_the_line,
    the_line_of_one_object_leaves_another_alone,
    nobody_slips_in_between,
    the_line_is_seen_by_all_without_what_was_said,
);

fn a_release_grants_to_the_line(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let object = json!({ "object_id": "Sketch001", "context_level": "sketch" });
    let session = alice.acquire_with(&part, &object);
    let request = bob.stand_in_line(&session);
    assert_eq!(request["auto_acquire"], true);
    alice.release(&session);
    let next = bob.held(&part);
    assert_eq!(next["object_id"], "Sketch001");
    assert_eq!(next["context_level"], "sketch");
    assert!(next.int("fence") > session.int("fence"));
    let request = bob.request(request.text("id"));
    assert_eq!(request["status"], "granted");
    bob.renew(&next).ok(200);
    bob.release(&next);
    assert_eq!(bob.active(&part), Vec::<Value>::new());
}

fn a_grant_tells_everyone_concerned(app: &App) {
    let (alice, bob, watcher, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let session = alice.acquire(&part);
    let request = bob.stand_in_line(&session);
    let (mut at_alice, mut at_bob, mut at_watcher) = (alice.inbox(), bob.inbox(), watcher.inbox());
    alice.release(&session);
    let next = bob.held(&part);
    for inbox in [&mut at_alice, &mut at_watcher] {
        let released = inbox.expect("edit.session_released", &["session_id", "fence"]);
        assert_eq!(released["data"]["session_id"], session["id"]);
        let acquired = inbox.expect("edit.session_acquired", &["session_id", "fence"]);
        assert_eq!(acquired["data"]["session_id"], next["id"]);
        assert_eq!(acquired["data"]["user"], bob.user);
        inbox.expect_nothing_more();
    }
    let events = at_bob.expect_all(&["edit.session_released", "edit.session_granted", "edit.session_acquired"]);
    let granted = &events[1];
    baton_tests::shape::event(granted, &["request_id", "session_id", "fence", "expires_at"]);
    assert_eq!(granted["data"]["request_id"], request["id"]);
    assert_eq!(granted["data"]["session_id"], next["id"]);
    assert_eq!(granted["data"]["fence"], next["fence"]);
    assert_eq!(granted["data"]["expires_at"], next["expires_at"]);
    at_bob.expect_nothing_more();
}

fn the_oldest_in_line_comes_first(app: &App) {
    let part = unique::part();
    let seats: Vec<Seat> = (0..5).map(|_| app.seat()).collect();
    let session = seats[0].acquire(&part);
    for seat in &seats[1..] {
        seat.stand_in_line(&session);
    }
    let mut fence = -1;
    for seat in &seats {
        let held = seat.held(&part);
        assert!(held.int("fence") > fence);
        fence = held.int("fence");
        seat.release(&held);
    }
    assert_eq!(seats[0].active(&part), Vec::<Value>::new());
}

fn the_rest_of_the_line_moves_on(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    bob.stand_in_line(&session);
    let request = carol.stand_in_line(&session);
    let mut at_bob = bob.inbox();
    alice.release(&session);
    let next = bob.held(&part);
    let moved = carol.request(request.text("id"));
    assert_eq!(moved["status"], "pending");
    assert_eq!(moved["session_id"], next["id"]);
    assert_eq!(moved["holder"], bob.user);
    let events = at_bob.expect_all(&[
        "edit.session_released",
        "edit.session_granted",
        "edit.session_acquired",
        "edit.handoff_requested",
    ]);
    assert_eq!(events[3]["data"]["request_id"], request["id"]);
    assert_eq!(events[3]["data"]["session_id"], next["id"]);
    assert_eq!(events[3]["data"]["requester"], carol.user);
    // The new holder can answer it, the old one can't any more.
    alice.post(&paths::of_request(&request, "accept"), &json!({})).expect(403, "forbidden");
    bob.accept(&moved);
    carol.held(&part);
}

fn who_only_asked_is_superseded(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let asked = carol.ask_for_transfer(&session);
    let stood = bob.stand_in_line(&session);
    alice.release(&session);
    bob.held(&part);
    assert_eq!(bob.request(stood.text("id"))["status"], "granted");
    assert_eq!(carol.request(asked.text("id"))["status"], "superseded");
    for action in ["accept", "decline"] {
        let response = alice.post(&paths::of_request(&asked, action), &json!({}));
        response.expect(409, "not_pending");
    }
    // Also where nobody stood in line.
    let session = alice.acquire(&unique::part());
    let asked = carol.ask(&session);
    alice.release(&session);
    assert_eq!(carol.request(asked.text("id"))["status"], "superseded");
}

fn a_declined_request_leaves_the_line(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = bob.stand_in_line(&session);
    carol.stand_in_line(&session);
    alice.decline(&request);
    alice.release(&session);
    carol.held(&part);
    assert_eq!(bob.request(request.text("id"))["status"], "declined");
}

/// The holder may pick; the line keeps its order behind the one that was picked.
fn an_accepted_request_goes_before_the_line(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let waiting = bob.stand_in_line(&session);
    let picked = carol.ask_for_transfer(&session);
    alice.accept(&picked);
    let next = carol.held(&part);
    assert_eq!(bob.request(waiting.text("id"))["status"], "pending");
    carol.release(&next);
    bob.held(&part);
}

fn an_accepted_release_grants_to_the_line(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    bob.stand_in_line(&session);
    // Without a workstation: the session is released, and the line is served.
    let request = carol.ask(&session);
    alice.accept(&request);
    bob.held(&part);
}

fn a_deleted_workstation_grants_to_the_line(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    bob.stand_in_line(&session);
    alice.delete(&paths::workstation(&alice.workstation)).ok(204);
    bob.held(&part);
}

fn the_line_of_one_object_leaves_another_alone(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let one = alice.acquire_with(&part, &json!({ "object_id": "A" }));
    let two = alice.acquire_with(&part, &json!({ "object_id": "B" }));
    let request = bob.stand_in_line(&one);
    alice.release(&two);
    assert_eq!(bob.request(request.text("id"))["status"], "pending");
    assert_eq!(alice.held(&part), one);
    alice.release(&one);
    assert_eq!(bob.held(&part)["object_id"], "A");
}

/// While the session goes down the line, others try to take the part all the time.
fn nobody_slips_in_between(app: &App) {
    let part = unique::part();
    let line: Vec<Seat> = (0..6).map(|_| app.seat()).collect();
    let pushy: Vec<Seat> = (0..4).map(|_| app.seat()).collect();
    let session = line[0].acquire(&part);
    for seat in &line[1..] {
        seat.stand_in_line(&session);
    }
    let push = &|seat: &Seat| drop(seat.try_acquire(&part, &json!({})).expect(409, "held"));
    let others = pushy.iter().map(|seat| move || push(seat)).collect();
    meanwhile(others, || {
        // The last of the line keeps it, so that it is never free.
        for seat in &line[..line.len() - 1] {
            seat.release(&seat.held(&part));
        }
    });
    line[line.len() - 1].held(&part);
}

fn the_line_is_seen_by_all_without_what_was_said(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    // Who only asks stands in no line.
    app.seat().ask(&session);
    let requests = [bob.stand_in_line(&session), carol.stand_in_line(&session)];
    let viewer = app.user("viewer");
    let line = || -> Vec<Value> {
        let all = viewer.pages("/api/lines", "lines", 1000).into_iter();
        all.filter(|place| place["part_number"] == part.as_str()).collect()
    };
    let places = line();
    assert_eq!(places.len(), 2, "{places:?}");
    for ((place, seat), request) in places.iter().zip([&bob, &carol]).zip(&requests) {
        let expected = json!({
            "user": seat.user, "workstation_id": seat.workstation, "request_id": request["id"],
            "session_id": session["id"], "item_id": session["item_id"], "part_number": part, "object_id": null,
            "scope": "item", "created_at": request["created_at"], "absent": false,
        });
        assert_eq!(place, &expected);
    }
    // It moves on with what it waits for.
    alice.release(&session);
    let [place] = &line()[..] else { panic!("one is left: {:?}", line()) };
    assert_eq!((&place["user"], &place["session_id"]), (&json!(carol.user), &bob.held(&part)["id"]));
    carol.delete(&paths::request(&requests[1])).ok(204);
    assert_eq!(line(), Vec::<Value>::new());
}
