//! Lists, renewal, verification and release.

use baton_tests::{App, Json, Seat, eventually, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    ones_own_sessions_are_listed,
    renewing_prolongs,
    renewing_is_the_holders,
    renewing_keeps_the_time_asked_for,
    verifying_compares_the_fence,
    verifying_is_for_anyone,
    releasing_frees_the_part,
    releasing_may_be_repeated,
    releasing_is_the_holders,
    a_released_session_is_lost,
    every_grant_grows_the_fence,
);

fn ones_own_sessions_are_listed(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let own = |seat: &Seat| seat.pages("/api/edit-sessions", "edit_sessions", 10);
    assert_eq!(own(&alice), Vec::<Value>::new());
    let (one, two) = (alice.acquire(&unique::part()), alice.acquire(&unique::part()));
    bob.acquire(&unique::part());
    let listed = own(&alice);
    listed.iter().for_each(shape::session);
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&one) && listed.contains(&two), "{listed:?}");
    alice.release(&one);
    assert_eq!(own(&alice), [two]);
}

fn renewing_prolongs(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    let renewed = eventually("renewing moves expires_at on", || {
        let renewed = seat.renew(&session).ok(200);
        (renewed.time("expires_at") > session.time("expires_at")).then_some(renewed)
    });
    let stored = seat.get(&paths::session(&session)).ok(200);
    shape::session(&stored);
    assert_eq!(stored["expires_at"], renewed["expires_at"]);
    assert!(stored.time("renewed_at") > session.time("renewed_at"));
    for same in ["id", "fence", "acquired_at", "workstation_id"] {
        assert_eq!(stored[same], session[same], "renewing changed {same}");
    }
}

fn renewing_is_the_holders(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let session = alice.acquire(&unique::part());
    bob.renew(&session).expect(403, "forbidden");
    assert_eq!(alice.get(&paths::session(&session)).ok(200), session);
    // At any workstation of theirs.
    Seat::new(alice.as_role("editor")).renew(&session).ok(200);
}

/// Who asked for an hour does not fall back to a quarter of one by renewing.
fn renewing_keeps_the_time_asked_for(app: &App) {
    let seat = app.seat();
    for ttl in [5, 7200] {
        let session = seat.acquire_with(&unique::part(), &json!({ "ttl_seconds": ttl }));
        seat.renew(&session).ok(200);
        let stored = seat.get(&paths::session(&session)).ok(200);
        let lasts = stored.time("expires_at") - stored.time("renewed_at");
        assert_eq!(lasts.num_seconds(), ttl, "{stored}");
    }
}

fn verifying_compares_the_fence(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    let fence = session.int("fence");
    assert_eq!(seat.verify(&session, fence).ok(200), json!({ "valid": true }));
    for stale in [fence - 1, fence + 1, 0, -1, i64::MAX, i64::MIN] {
        seat.verify(&session, stale).expect(409, "stale_fence");
    }
    seat.renew(&session).ok(200);
    seat.verify(&session, fence).ok(200);
    seat.release(&session);
    seat.verify(&session, fence).expect(409, "stale_fence");
    // Held again, but not with this fence.
    let next = seat.acquire(session.text("part_number"));
    seat.verify(&session, fence).expect(409, "stale_fence");
    seat.verify(&next, fence).expect(409, "stale_fence");
    seat.verify(&next, next.int("fence")).ok(200);
}

/// The vault that stores the files is a viewer.
fn verifying_is_for_anyone(app: &App) {
    let session = app.seat().acquire(&unique::part());
    let body = json!({ "fence": session["fence"] });
    app.user("viewer").post(&paths::of_session(&session, "verify"), &body).ok(200);
}

fn releasing_frees_the_part(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    assert_eq!(alice.try_release(&session).ok(204), Value::Null);
    assert_eq!(alice.active(&part), Vec::<Value>::new());
    let next = bob.acquire(&part);
    assert_ne!(next["id"], session["id"]);
    assert!(next.int("fence") > session.int("fence"));
}

fn releasing_may_be_repeated(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    alice.release(&session);
    alice.release(&session);
    let next = bob.acquire(&part);
    // The old one, again: it is not the one in force.
    alice.release(&session);
    assert_eq!(bob.held(&part), next);
}

fn releasing_is_the_holders(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    bob.try_release(&session).expect(403, "forbidden");
    assert_eq!(alice.held(&part), session);
}

fn a_released_session_is_lost(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    seat.release(&session);
    assert_eq!(seat.renew(&session).expect(410, "session_lost")["reason"], "released");
    assert_eq!(seat.get(&paths::session(&session)).expect(410, "session_lost")["reason"], "released");
    let ask = json!({ "message": "May I?" });
    let lost = app.seat().try_ask(&session, &ask).expect(410, "session_lost");
    assert_eq!(lost["reason"], "released");
}

fn every_grant_grows_the_fence(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let mut last = -1;
    for round in 0..10 {
        let seat = if round % 2 == 0 { &alice } else { &bob };
        let session = seat.acquire(&part);
        assert!(session.int("fence") > last, "fence {} after {last}", session["fence"]);
        last = session.int("fence");
        seat.release(&session);
    }
}
