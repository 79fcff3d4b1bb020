//! A force-release at the same moment as whatever else ends or prolongs the session, over and over.

use std::thread;
use std::time::Duration;

use baton_tests::{App, Json, Response, on_shared_app, paths};
use serde_json::{Value, json};

use crate::scene::{assert_lost, order, together};
use crate::tally::{End, Tally};

on_shared_app!(
    force_release_races_with_release,
    force_release_races_with_renew,
    force_release_races_with_acquire,
    force_release_races_with_accept,
    force_release_races_with_expiry,
    force_release_races_with_itself,
    force_release_races_with_release_before_a_line,
);

const ROUNDS: usize = 40;

/// How the session ended, from the answer to the order that may have ended it.
fn end_by(ordered: &Response, otherwise: End, reason: &str) -> End {
    if ordered.status == 200 {
        assert_eq!(ordered.ok(200)["released"], true, "{ordered}");
        return End::Forced;
    }
    assert_eq!(ordered.expect(410, "session_lost")["reason"], reason);
    otherwise
}

fn force_release_races_with_release(app: &App) {
    let mut tally = Tally::new(app);
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let (released, ordered) = together(|| tally.holder.try_release(&session), || order(&tally.admin, &session));
        let end = end_by(&ordered, End::Released, "released");
        match end {
            End::Forced => assert_eq!(released.expect(410, "session_lost")["reason"], "force_released"),
            _ => drop(released.ok(204)),
        }
        assert_eq!(tally.holder.active(session.text("part_number")), Vec::<Value>::new());
        tally.ended(session, end);
    }
    tally.check();
}

/// A renewal that comes first is of no use, and one that comes later doesn't bring the session back.
fn force_release_races_with_renew(app: &App) {
    let mut tally = Tally::new(app);
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let (renewed, ordered) = together(|| tally.holder.renew(&session), || order(&tally.admin, &session));
        ordered.ok(200);
        if renewed.status != 200 {
            assert_eq!(renewed.expect(410, "session_lost")["reason"], "force_released");
        }
        assert_lost(&tally.holder, &session, "force_released");
        assert_eq!(tally.holder.active(session.text("part_number")), Vec::<Value>::new());
        tally.ended(session, End::Forced);
    }
    tally.check();
}

/// The holder either renews what is about to end, or begins anew with another fence.
fn force_release_races_with_acquire(app: &App) {
    let mut tally = Tally::new(app);
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let part = session.text("part_number");
        let (acquired, ordered) =
            together(|| tally.holder.try_acquire(part, &json!({})), || order(&tally.admin, &session));
        ordered.ok(200);
        if acquired.status == 200 {
            assert_eq!(acquired.ok(200)["id"], session["id"]);
            assert_eq!(tally.holder.active(part), Vec::<Value>::new());
        } else {
            let next = acquired.ok(201);
            assert!(next.int("fence") > session.int("fence"), "{next}");
            assert_eq!(tally.holder.held(part), next);
        }
        tally.ended(session, End::Forced);
    }
    tally.check();
}

fn force_release_races_with_accept(app: &App) {
    let (mut tally, bob) = (Tally::new(app), app.seat());
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let request = bob.ask_for_transfer(&session);
        let accept = paths::of_request(&request, "accept");
        let (accepted, ordered) = together(|| tally.holder.post(&accept, &json!({})), || order(&tally.admin, &session));
        let end = end_by(&ordered, End::Transferred, "transferred");
        let status = bob.request(request.text("id"))["status"].clone();
        if end == End::Transferred {
            accepted.ok(200);
            assert!(bob.held(session.text("part_number")).int("fence") > session.int("fence"));
            assert_eq!(status, "accepted");
        } else {
            accepted.expect_one_of(&[409, 410]);
            assert_eq!(bob.active(session.text("part_number")), Vec::<Value>::new());
            assert_eq!(status, "superseded");
        }
        tally.ended(session, end);
    }
    tally.check();
}

/// The orders come around the end of the sessions' time, from clearly before to clearly after it.
fn force_release_races_with_expiry(app: &App) {
    let mut tally = Tally::new(app);
    let offsets =
        [-400, -40, -20, -10, -5, -2, -1, 0, 1, 2, 3, 5, 10, 20, 40, 400].map(chrono::TimeDelta::milliseconds);
    let sessions: Vec<Value> = offsets.iter().map(|_| tally.session(3)).collect();
    let ends: Vec<End> = thread::scope(|scope| {
        let tally = &tally;
        let race = |(session, offset)| scope.spawn(move || end_around_expiry(tally, session, offset));
        let threads: Vec<_> = sessions.iter().zip(offsets).map(race).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    for (session, end) in sessions.into_iter().zip(ends) {
        assert_eq!(tally.holder.active(session.text("part_number")), Vec::<Value>::new());
        tally.ended(session, end);
    }
    tally.check();
}

fn end_around_expiry(tally: &Tally, session: &Value, offset: chrono::TimeDelta) -> End {
    let moment = session.time("expires_at") + offset;
    while chrono::Utc::now() < moment {
        thread::sleep(Duration::from_micros(200));
    }
    // Somebody else looks at the very same moment, and may be the one who records the expiry.
    let look = || tally.holder.active(session.text("part_number"));
    let (_, ordered) = together(look, || order(&tally.admin, session));
    end_by(&ordered, End::Expired, "expired")
}

fn force_release_races_with_itself(app: &App) {
    let mut tally = Tally::new(app);
    let other = app.user("admin");
    for _ in 0..ROUNDS {
        let session = tally.session(600);
        let (one, two) = together(|| order(&other, &session), || order(&tally.admin, &session));
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        assert_eq!(won.ok(200)["released"], true);
        assert_eq!(lost.expect(410, "session_lost")["reason"], "force_released");
        tally.ended(session, End::Forced);
    }
    tally.check();
}

/// Whoever ends the session, the line is served once.
fn force_release_races_with_release_before_a_line(app: &App) {
    let (mut tally, bob, carol) = (Tally::new(app), app.seat(), app.seat());
    for _ in 0..ROUNDS / 2 {
        let session = tally.session(600);
        let first = bob.stand_in_line(&session);
        let second = carol.stand_in_line(&session);
        let (_, ordered) = together(|| tally.holder.try_release(&session), || order(&tally.admin, &session));
        let next = bob.held(session.text("part_number"));
        assert_eq!(next.int("fence"), session.int("fence") + 1, "one grant: {next}");
        assert_eq!(bob.request(first.text("id"))["status"], "granted");
        assert_eq!(carol.request(second.text("id"))["session_id"], next["id"]);
        tally.ended(session, end_by(&ordered, End::Released, "released"));
        // Nobody stands in line for the next round's part.
        bob.release(&next);
        carol.release(&carol.held(next.text("part_number")));
    }
    tally.check();
}
