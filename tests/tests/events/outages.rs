//! What happens to those who wait when the server or Redis goes.

use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use baton_tests::{App, Inbox, Json, Mode, Seat, Setup, eventually, meanwhile, on_own_app, unique};
use serde_json::{Value, json};

on_own_app!(
    a_restart_misses_and_repeats_nothing,
    a_crash_misses_and_repeats_nothing,
    a_crash_under_load_keeps_what_was_answered,
    sessions_and_lines_outlive_a_restart,
    a_session_expires_while_the_server_is_down,
);

/// Acquires and releases a part this often, and appends the sessions.
fn change(editor: &Seat, part: &str, count: usize, sessions: &mut Vec<String>) {
    for _ in 0..count {
        let session = editor.acquire(part);
        editor.release(&session);
        sessions.push(session.id());
    }
}

/// The inbox has heard of every session's begin and end, in order, once each.
fn check_heard(inbox: &mut Inbox, sessions: &[String]) {
    for session in sessions {
        for kind in ["edit.session_acquired", "edit.session_released"] {
            assert_eq!(inbox.expect(kind, &[])["data"]["session_id"], session.as_str());
        }
    }
    inbox.expect_nothing_more();
}

/// Polls all the while: before the server goes, while it is away, and after.
fn across(app: &App, stop: fn(&App) -> ExitStatus) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let mut sessions = Vec::new();
    let heard = AtomicUsize::new(0);
    let poll = || {
        inbox.try_poll(5);
        heard.store(inbox.heard.len(), Ordering::Relaxed);
    };
    meanwhile(vec![poll], || {
        change(&editor, &part, 3, &mut sessions);
        for _ in 0..2 {
            stop(app);
            app.start_again();
            change(&editor, &part, 3, &mut sessions);
        }
        eventually("the poller hears the last change", || {
            (heard.load(Ordering::Relaxed) >= sessions.len() * 2).then_some(())
        });
    });
    check_heard(&mut inbox, &sessions);
}

fn a_restart_misses_and_repeats_nothing(mode: Mode) {
    across(&App::start(mode), App::terminate);
}

fn a_crash_misses_and_repeats_nothing(mode: Mode) {
    across(&App::start(mode), App::kill);
}

/// Editors work without pause when the server is killed: whatever was answered has happened, and is told.
fn a_crash_under_load_keeps_what_was_answered(mode: Mode) {
    let app = App::start(mode);
    let watcher = app.seat();
    let editors: Vec<(Seat, String)> = (0..4).map(|_| (app.seat(), unique::part())).collect();
    editors.iter().for_each(|(_, part)| watcher.watch(part));
    let mut inbox = watcher.inbox();
    let answered = Mutex::new(Vec::new());
    let work = |(seat, part): &(Seat, String)| {
        let body = json!({ "workstation_id": seat.workstation });
        let call = seat.call("POST", &baton_tests::paths::sessions(part)).json(&body);
        let Ok(response) = call.try_send() else { return };
        // A session whose answer got lost is this workstation's still: it comes back, renewed.
        let session = response.json();
        let release = seat.call("DELETE", &baton_tests::paths::session(&session));
        if release.try_send().is_ok_and(|response| response.status == 204) {
            answered.lock().expect("no editor has failed").push(session.id());
        }
    };
    let work = &work;
    let others = editors.iter().map(|editor| move || work(editor)).collect();
    meanwhile(others, || {
        for round in 1..=3 {
            eventually("the editors get something done", || {
                let done = answered.lock().expect("no editor has failed").len();
                (done >= round * 20).then_some(())
            });
            app.kill();
            app.start_again();
        }
    });
    inbox.settle();
    for session in answered.into_inner().expect("no editor has failed") {
        for kind in ["edit.session_acquired", "edit.session_released"] {
            let told = |event: &&Value| event["type"] == kind && event["data"]["session_id"] == session.as_str();
            assert_eq!(inbox.heard.iter().filter(told).count(), 1, "{kind} of {session}");
        }
    }
}

fn sessions_and_lines_outlive_a_restart(mode: Mode) {
    let app = App::start(mode);
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let request = bob.stand_in_line(&session);
    app.kill();
    app.start_again();
    assert_eq!(alice.held(&part), session);
    bob.try_acquire(&part, &json!({})).expect(409, "held");
    assert_eq!(bob.request(request.text("id")), request);
    alice.renew(&session).ok(200);
    alice.release(&session);
    assert!(bob.held(&part).int("fence") > session.int("fence"));
}

fn a_session_expires_while_the_server_is_down(mode: Mode) {
    let app = App::start(mode);
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let mut inbox = bob.inbox();
    let session = alice.acquire_with(&part, &json!({ "ttl_seconds": 3 }));
    bob.stand_in_line(&session);
    app.terminate();
    eventually("its time is over", || (chrono::Utc::now() > session.time("expires_at")).then_some(()));
    app.start_again();
    inbox.expect_all(&["edit.session_expired", "edit.session_granted", "edit.session_acquired"]);
    bob.held(&part);
}

/// Redis only wakes: without it everything goes on, and those who wait hear of it from the event log.
#[test]
fn an_outage_of_redis_misses_and_repeats_nothing() {
    let app = Setup::new(Mode::Redis).start();
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let mut sessions = Vec::new();
    change(&editor, &part, 3, &mut sessions);
    app.redis().kill();
    let waiting = thread::scope(|scope| {
        let poll = scope.spawn(|| inbox.try_poll(5));
        change(&editor, &part, 3, &mut sessions);
        poll.join().expect("a poll during the outage")
    });
    assert!(waiting > 0, "a poll during the outage heard nothing");
    assert!(app.is_running(), "the server ended with Redis:\n{}", app.log());
    app.redis().start_again();
    change(&editor, &part, 3, &mut sessions);
    check_heard(&mut inbox, &sessions);
}

/// A poll that waits while Redis goes and comes back is answered by the next change.
#[test]
fn a_poll_waits_through_an_outage_of_redis() {
    let app = Setup::new(Mode::Redis).start();
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    let poll = watcher.poll(&watcher.workstation, Some(&cursor), 60);
    app.redis().kill();
    app.redis().start_again();
    let session = editor.acquire(&part);
    let (response, took) = poll.answer();
    let answer = response.ok(200);
    assert_eq!(answer["events"][0]["data"]["session_id"], session["id"]);
    baton_tests::at_once(took, "a poll through an outage");
}

/// A server that starts while Redis is away serves; Redis comes later.
#[test]
fn a_server_starts_without_its_redis() {
    let app = Setup::new(Mode::Redis).start();
    app.redis().kill();
    app.terminate();
    app.start_again();
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let mut sessions = Vec::new();
    change(&editor, &part, 1, &mut sessions);
    app.redis().start_again();
    change(&editor, &part, 1, &mut sessions);
    check_heard(&mut inbox, &sessions);
}
