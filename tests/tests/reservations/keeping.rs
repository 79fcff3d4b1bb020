//! What is reserved is kept for who has reserved it.

use baton_tests::{App, Inbox, Json, Seat, eventually, on_shared_app, unique};
use serde_json::{Value, json};

use crate::scene::{later, reserve, text};

on_shared_app!(
    the_reserver_is_granted_what_is_free,
    the_reserver_stands_first_in_line,
    others_are_refused_in_a_time_that_has_begun,
    what_was_given_back_is_anybodys,
    a_session_tells_from_when_on_somebody_else_has_reserved,
    what_the_reserver_holds_lasts_until_the_end,
    a_batch_is_refused_too,
    a_time_that_is_over_is_anybodys,
);

/// How late a grant may come (contract, "Reservations").
const LATE_MAX: i64 = 2_000;

/// The next event of this type, whatever comes before it.
fn heard(inbox: &mut Inbox, kind: &str) -> Value {
    loop {
        let event = inbox.take();
        if event["type"] == kind {
            return event;
        }
    }
}

fn the_reserver_is_granted_what_is_free(app: &App) {
    let (seat, parts) = (app.seat(), [unique::part(), unique::part()]);
    let mut inbox = seat.inbox();
    let made = reserve(&seat, &[&parts[0], &parts[1]], (later(2), later(60)));
    for _ in &parts {
        let granted = heard(&mut inbox, "edit.session_granted");
        let late = granted.time("time") - made.time("starts_at");
        assert!((0..=LATE_MAX).contains(&late.num_milliseconds()), "{late} after its beginning");
        let session = seat.held(granted.text("part_number"));
        let data = &granted["data"];
        assert_eq!((&data["session_id"], &data["fence"]), (&session["id"], &session["fence"]));
        assert_eq!((&data["reservation_id"], &data["request_id"]), (&made["id"], &Value::Null));
        assert_eq!((&session["expires_at"], &data["expires_at"]), (&made["ends_at"], &made["ends_at"]));
        assert_eq!(session["reserved_from"], Value::Null, "it is one's own time");
    }
}

fn the_reserver_stands_first_in_line(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let held = bob.acquire(&part);
    let request = carol.stand_in_line(&held);
    let made = reserve(&alice, &[&part], (later(1), later(60)));
    let (mut at_alice, mut at_bob) = (alice.inbox(), bob.inbox());
    for inbox in [&mut at_alice, &mut at_bob] {
        let due = heard(inbox, "edit.reservation_due");
        assert_eq!((&due["data"]["reservation_id"], &due["data"]["user"]), (&made["id"], &json!(alice.user)));
        assert_eq!((&due["data"]["session_id"], &due["data"]["ends_at"]), (&held["id"], &made["ends_at"]));
    }
    assert_eq!(bob.held(&part)["id"], held["id"], "nobody is put out");
    bob.renew(&held).ok(200);
    bob.release(&held);
    // In the same step.
    assert_eq!(alice.held(&part)["expires_at"], made["ends_at"]);
    heard(&mut at_alice, "edit.session_granted");
    assert_eq!(carol.request(request.text("id"))["status"], "pending");
    alice.release(&alice.held(&part));
    carol.held(&part);
}

/// A time of alice's that has begun, while bob holds one object.
fn begun(app: &App) -> (Seat, Seat, String, Value) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let object = bob.acquire_with(&part, &json!({ "object_id": "Body" }));
    let mut inbox = alice.inbox();
    reserve(&alice, &[&part], (later(1), later(60)));
    heard(&mut inbox, "edit.reservation_due");
    (alice, bob, part, object)
}

fn others_are_refused_in_a_time_that_has_begun(app: &App) {
    let (alice, bob, part, object) = begun(app);
    let carol = app.seat();
    let refused = carol.try_acquire(&part, &json!({ "object_id": "Rib" })).expect(409, "reserved");
    let reservation = &refused["reservations"][0];
    assert_eq!((&reservation["user"], &reservation["part_numbers"]), (&json!(alice.user), &json!([part])));
    assert!(reservation.time("starts_at") < reservation.time("ends_at"));
    let held = carol.try_acquire(&part, &json!({})).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], object["id"], "held goes first");
    bob.try_acquire(&part, &json!({ "object_id": "Body" })).ok(200);
    bob.try_acquire(&part, &json!({ "object_id": "Rib" })).expect(409, "reserved");
    alice.acquire_with(&part, &json!({ "object_id": "Rib" }));
}

fn what_was_given_back_is_anybodys(app: &App) {
    let (alice, bob, part, object) = begun(app);
    bob.release(&object);
    alice.release(&alice.held(&part));
    bob.acquire(&part);
    assert_eq!(bob.active(&part).len(), 1, "and isn't granted to alice once more");
}

fn a_session_tells_from_when_on_somebody_else_has_reserved(app: &App) {
    let (alice, bob, carol, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    let from = later(120);
    let after = reserve(&alice, &[&part], (later(600), later(700)));
    reserve(&carol, &[&part], (from, later(300)));
    let short = bob.acquire_with(&part, &json!({ "ttl_seconds": 60 }));
    assert_eq!(short["reserved_from"], Value::Null, "it ends before");
    let long = bob.try_acquire(&part, &json!({ "ttl_seconds": 3600 })).ok(200);
    let own = bob.get("/api/edit-sessions").ok(200)["edit_sessions"][0].clone();
    for session in [long, bob.held(&part), own] {
        assert_eq!(session["reserved_from"], text(from), "{session}");
    }
    let given = bob.post(&baton_tests::paths::of_session(&short, "give"), &json!({ "user": carol.user })).ok(200);
    assert_eq!(given["reserved_from"], after["starts_at"], "the first one is carol's own: {given}");
}

fn what_the_reserver_holds_lasts_until_the_end(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire_with(&part, &json!({ "ttl_seconds": 20 }));
    let mut inbox = seat.inbox();
    let made = reserve(&seat, &[&part], (later(1), later(300)));
    let granted = heard(&mut inbox, "edit.session_granted");
    assert_eq!(granted["data"]["session_id"], session["id"]);
    assert_eq!(seat.held(&part)["expires_at"], made["ends_at"]);
}

fn a_batch_is_refused_too(app: &App) {
    let (alice, bob, part, object) = begun(app);
    let free = unique::part();
    let batch = |atomic: bool| {
        let body = json!({ "workstation_id": bob.workstation, "part_numbers": [free, part], "atomic": atomic });
        bob.post("/api/edit-sessions/batch", &body)
    };
    // Of the part bob holds one object himself, and only alice's time is in the way of the rest.
    let refused = batch(true).expect(409, "reserved");
    assert_eq!((&refused["reservations"][0]["user"], refused.list("reservations").len()), (&json!(alice.user), 1));
    assert_eq!(bob.active(&free), Vec::<Value>::new());
    let taken = batch(false).ok(200);
    assert_eq!(taken.list("edit_sessions").len(), 1);
    let refused = &taken["refused"][0];
    assert_eq!((&refused["part_number"], &refused["code"]), (&json!(part), &json!("reserved")));
    assert_eq!(refused["reservations"][0]["user"], alice.user);
    bob.release(&object);
    alice.held(&part);
}

fn a_time_that_is_over_is_anybodys(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let object = bob.acquire_with(&part, &json!({ "object_id": "Body" }));
    reserve(&alice, &[&part], (later(1), later(3)));
    eventually("the time is over", || {
        let reservations = bob.pages(&format!("/api/reservations?part_number={part}"), "reservations", 10);
        reservations.is_empty().then_some(())
    });
    bob.try_acquire(&part, &json!({ "object_id": "Rib" })).ok(201);
    assert_eq!(bob.active(&part)[0]["id"], object["id"]);
}
