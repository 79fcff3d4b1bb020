//! The end of a session that nobody renewed.

use std::time::{Duration, Instant};

use baton_tests::{App, Json, Mode, Seat, eventually, on_own_app, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    an_expired_session_reaches_a_waiting_watcher,
    an_expired_session_is_recorded_for_anyone_who_waits,
    an_expired_session_is_lost,
    an_expired_session_counts_for_nothing,
    an_expired_session_goes_to_the_line,
    an_expiry_is_told_once,
    a_renewed_session_lives_on,
);
on_own_app!(a_read_records_an_expiry, a_poll_that_does_not_wait_records_an_expiry);

/// Waits until the session's time is over. (By the clock: nothing that looks at the session is asked meanwhile.)
fn outlive(session: &Value) {
    let left = session.time("expires_at") - chrono::Utc::now();
    std::thread::sleep(left.to_std().unwrap_or_default() + Duration::from_millis(50));
}

fn an_expired_session_reaches_a_waiting_watcher(app: &App) {
    let (seat, watcher, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let session = seat.acquire_briefly(&part);
    let begun = Instant::now();
    inbox.expect("edit.session_acquired", &[]);
    let (response, _) = watcher.poll(&watcher.workstation, Some(&inbox.cursor), 30).answer();
    // A second of life, and two for the news.
    assert!(begun.elapsed() < Duration::from_secs(3), "it took {:?}", begun.elapsed());
    let answer = response.ok(200);
    assert_eq!(answer.list("events").len(), 1, "{answer}");
    let event = &answer["events"][0];
    assert_eq!(event["type"], "edit.session_expired");
    baton_tests::shape::event(event, &["session_id", "user", "workstation_id", "object_id", "fence"]);
    assert_eq!(event["data"]["session_id"], session["id"]);
    assert_eq!(event["data"]["fence"], session["fence"]);
    assert_eq!(event["data"]["user"], seat.user);
}

/// The one who waits is not concerned by the session, and yet is what makes the server look.
fn an_expired_session_is_recorded_for_anyone_who_waits(app: &App) {
    let (seat, stranger, watcher, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let cursor = stranger.cursor(&stranger.workstation);
    let poll = stranger.poll(&stranger.workstation, Some(&cursor), 5);
    let session = seat.acquire_briefly(&part);
    let (response, _) = poll.answer();
    assert_eq!(response.ok(200)["events"], json!([]), "a stranger hears nothing");
    inbox.expect("edit.session_acquired", &[]);
    // Within two seconds of its end, though the watcher only asks now.
    let expired = inbox.expect("edit.session_expired", &[]);
    let late = expired.time("time") - session.time("expires_at");
    assert!(late.num_milliseconds() <= 2000, "recorded {late} after its end");
}

fn an_expired_session_is_lost(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire_briefly(&part);
    outlive(&session);
    assert_eq!(seat.renew(&session).expect(410, "session_lost")["reason"], "expired");
    assert_eq!(seat.try_release(&session).expect(410, "session_lost")["reason"], "expired");
    assert_eq!(seat.get(&paths::session(&session)).expect(410, "session_lost")["reason"], "expired");
    seat.verify(&session, session.int("fence")).expect(409, "stale_fence");
    let ask = json!({ "message": "May I?" });
    assert_eq!(app.seat().try_ask(&session, &ask).expect(410, "session_lost")["reason"], "expired");
}

/// Each of these is the first to look at a session that has just expired.
fn an_expired_session_counts_for_nothing(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let looks: [fn(&Seat, &Seat, &Value); 7] = [
        |alice, _, session| drop(alice.renew(session).expect(410, "session_lost")),
        |alice, _, session| drop(alice.verify(session, session.int("fence")).expect(409, "stale_fence")),
        |_, bob, session| assert_eq!(bob.active(session.text("part_number")), Vec::<Value>::new()),
        |_, bob, session| {
            let item = bob.get(&paths::item(session.text("part_number"))).ok(200);
            assert_eq!(item["edit_sessions"], json!([]));
        },
        |alice, _, _| {
            let own = alice.pages("/api/edit-sessions", "edit_sessions", 100);
            assert_eq!(own, Vec::<Value>::new());
        },
        |_, bob, session| {
            let next = bob.acquire(session.text("part_number"));
            assert!(next.int("fence") > session.int("fence"));
        },
        |alice, _, session| {
            let next = alice.acquire(session.text("part_number"));
            assert_ne!(next["id"], session["id"], "the old session came back to life");
            assert!(next.int("fence") > session.int("fence"));
            alice.release(&next);
        },
    ];
    for look in looks {
        let session = alice.acquire_briefly(&unique::part());
        outlive(&session);
        look(&alice, &bob, &session);
    }
}

fn an_expired_session_goes_to_the_line(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire_with(&part, &json!({ "ttl_seconds": 2 }));
    let mut inbox = bob.inbox();
    let request = bob.stand_in_line(&session);
    let granted = inbox.expect_all(&["edit.session_granted", "edit.session_expired", "edit.session_acquired"]);
    let next = bob.held(&part);
    assert_eq!(granted[0]["data"]["request_id"], request["id"]);
    assert_eq!(granted[0]["data"]["session_id"], next["id"]);
    assert_eq!(granted[0]["data"]["fence"], next["fence"]);
    assert_eq!(granted[1]["data"]["session_id"], session["id"]);
    assert!(next.int("fence") > session.int("fence"));
    assert_eq!(bob.request(request.text("id"))["status"], "granted");
    // Without waiting, too: whoever looks first.
    let (part, carol) = (unique::part(), app.seat());
    let session = alice.acquire_with(&part, &json!({ "ttl_seconds": 2 }));
    bob.stand_in_line(&session);
    outlive(&session);
    carol.try_acquire(&part, &json!({})).expect(409, "held");
    bob.held(&part);
}

fn an_expiry_is_told_once(app: &App) {
    let (seat, watcher, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let session = seat.acquire_briefly(&part);
    outlive(&session);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| seat.renew(&session).expect(410, "session_lost"));
            scope.spawn(|| watcher.active(&part));
        }
    });
    inbox.expect("edit.session_acquired", &[]);
    inbox.expect("edit.session_expired", &[]);
    inbox.expect_nothing_more();
}

fn a_renewed_session_lives_on(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire_with(&part, &json!({ "ttl_seconds": 3 }));
    eventually("the first term is over", || {
        seat.renew(&session).ok(200);
        (chrono::Utc::now() > session.time("expires_at")).then_some(())
    });
    assert_eq!(seat.held(&part)["id"], session["id"]);
    seat.verify(&session, session.int("fence")).ok(200);
}

/// Nobody waits for events here: whoever reads is the first to look.
fn a_read_records_an_expiry(mode: Mode) {
    let app = App::start(mode);
    let (seat, reader, admin) = (app.seat(), app.seat(), app.user("admin"));
    let looks: [fn(&Seat, &Seat, &Value); 4] = [
        |_, reader, session| drop(reader.active(session.text("part_number"))),
        |_, reader, session| drop(reader.get(&paths::item(session.text("part_number"))).ok(200)),
        |_, reader, session| drop(reader.get(&paths::session(session)).expect(410, "session_lost")),
        |seat, _, _| drop(seat.pages("/api/edit-sessions", "edit_sessions", 100)),
    ];
    for look in looks {
        let session = seat.acquire_briefly(&unique::part());
        let recorded = || {
            let of_session = format!("/api/audit?action=edit.session_expired&resource_id={}", session.text("id"));
            admin.get(&of_session).ok(200).list("entries").len()
        };
        outlive(&session);
        assert_eq!(recorded(), 0, "somebody else has looked");
        look(&seat, &reader, &session);
        assert_eq!(recorded(), 1);
    }
}

fn a_poll_that_does_not_wait_records_an_expiry(mode: Mode) {
    let app = App::start(mode);
    let (alice, bob) = (app.seat(), app.seat());
    let session = alice.acquire_with(&unique::part(), &json!({ "ttl_seconds": 2 }));
    let request = bob.stand_in_line(&session);
    let cursor = bob.cursor(&bob.workstation);
    outlive(&session);
    let answer = bob.events(&bob.workstation, Some(&cursor), 0).ok(200);
    let granted = answer.list("events").iter().find(|event| event["type"] == "edit.session_granted");
    assert_eq!(granted.unwrap_or_else(|| panic!("{answer}"))["data"]["request_id"], request["id"]);
}
