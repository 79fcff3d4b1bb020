//! Hosts whose clocks are five minutes apart: the database's counts.

use baton_tests::{FalseClock, Json, Mode, eventually, on_own_app, skipped, unique};
use chrono::Utc;
use serde_json::{Value, json};

use crate::scene::{hosts, moved, seat_at};

on_own_app!(a_host_that_is_ahead_ends_nothing_early, a_host_that_is_behind_keeps_nothing_longer);

fn a_host_that_is_ahead_ends_nothing_early(mode: Mode) {
    clocks_apart(mode, 300);
}

fn a_host_that_is_behind_keeps_nothing_longer(mode: Mode) {
    clocks_apart(mode, -300);
}

/// Times are those of the database, whose clock is this test's.
fn check_times(document: &Value, members: &[&str]) {
    for member in members {
        let apart = (document.time(member) - Utc::now()).num_seconds().abs();
        assert!(apart < 120, "{member} is {apart} s from now: {document}");
    }
}

fn clocks_apart(mode: Mode, seconds: i64) {
    let Some(setup) = hosts(mode) else { return };
    let Some(clock) = FalseClock::new() else {
        return skipped("clocks that are apart", "there is no `libfaketime` (apt-get install faketime)");
    };
    clock.set(seconds);
    let of_the_other =
        |setup: baton_tests::Setup, (name, value): &(&str, String)| setup.host_environment(1, name, value);
    let app = clock.environment().iter().fold(setup, of_the_other).start();
    let (alice, bob, part) = (seat_at(&app, 0), seat_at(&app, 1), unique::part());
    // Taken at the right one, and seen at the other.
    let session = alice.acquire_with(&part, &json!({ "ttl_seconds": 60 }));
    check_times(&session, &["acquired_at", "renewed_at", "expires_at"]);
    bob.try_acquire(&part, &json!({})).expect(409, "held");
    bob.verify(&session, session.int("fence")).ok(200);
    let renewed = moved(&app, &alice, 1).renew(&session).ok(200);
    check_times(&renewed, &["renewed_at", "expires_at"]);
    alice.release(&session);
    // Taken at the wrong one: it ends when its time is over, not before and not minutes later.
    let session = bob.acquire_with(&part, &json!({ "ttl_seconds": 3 }));
    check_times(&session, &["acquired_at", "renewed_at", "expires_at"]);
    alice.try_acquire(&part, &json!({})).expect(409, "held");
    let next = eventually("its time is over", || {
        let answer = alice.try_acquire(&part, &json!({}));
        (answer.status == 201).then(|| answer.ok(201))
    });
    assert!(next.time("acquired_at") >= session.time("expires_at"), "{next} before the end of {session}");
    assert_eq!(bob.renew(&session).expect(410, "session_lost")["reason"], "expired");
    let entries = app.user("admin").get("/api/audit?limit=1000").ok(200);
    entries.list("entries").iter().for_each(|entry| check_times(entry, &["time"]));
}
