//! The first start, and what it leaves in the state directory.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use baton_tests::{App, Json, Mode, Setup, on_cluster, on_own_app, on_spin, skipped, unique};
use serde_json::json;

on_own_app!(ten_requests_come_first, the_state_is_where_spin_has_it, it_ends_when_asked_to, two_servers_share_a_state);

/// Nothing has set up the database before these.
fn ten_requests_come_first(mode: Mode) {
    let app = Setup::new(mode).cold().without_waiting().start();
    let start = Barrier::new(10);
    let ids: BTreeSet<String> = thread::scope(|scope| {
        let register = || {
            let user = app.user("editor");
            start.wait();
            let id = user.workstation();
            let part = unique::part();
            user.post(&baton_tests::paths::sessions(&part), &json!({ "workstation_id": id })).ok(201);
            id
        };
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(register)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a registration")).collect()
    });
    assert_eq!(ids.len(), 10);
    let all = app.user("admin").pages("/api/workstations?all=true", "workstations", 100);
    assert_eq!(all.len(), 10, "{all:?}");
}

fn the_state_is_where_spin_has_it(mode: Mode) {
    if on_cluster() {
        return skipped("the file in the state directory", "hosts that share a database have none");
    }
    let app = App::start(mode);
    app.seat();
    assert!(app.state().join("sqlite_db.db").is_file(), "no sqlite_db.db in the state directory");
}

/// Also while somebody waits for events.
fn it_ends_when_asked_to(mode: Mode) {
    let app = App::start(mode);
    let seat = app.seat();
    let waiting = {
        let seat = seat.clone();
        thread::spawn(move || drop(seat.try_events(&seat.workstation, None, 60)))
    };
    let status = app.terminate();
    // Not by a crash; 143 is what a shell makes of SIGTERM.
    use std::os::unix::process::ExitStatusExt;
    let asked = status.success() || status.signal() == Some(15) || status.code() == Some(143);
    assert!(asked || on_spin(), "it ended with {status}:\n{}", app.log());
    waiting.join().expect("the poll ends with the server");
}

/// The parts of Spin run as processes of their own on the same files, and so may ours.
fn two_servers_share_a_state(mode: Mode) {
    if on_spin() {
        return skipped("two servers on one state", "this is about the runner");
    }
    let app = App::start(mode);
    let (alice, part) = (app.seat(), unique::part());
    let session = alice.acquire(&part);
    let other = app.beside();
    let bob = baton_tests::Seat::new(other.user("editor"));
    bob.try_acquire(&part, &json!({})).expect(409, "held");
    bob.watch(&part);
    let cursor = bob.cursor(&bob.workstation);
    let poll = bob.poll(&bob.workstation, Some(&cursor), 30);
    alice.release(&session);
    let (response, took) = poll.answer();
    baton_tests::at_once(took, "news from another server");
    assert_eq!(response.ok(200)["events"][0]["data"]["session_id"], session["id"]);
    assert!(bob.acquire(&part).int("fence") > session.int("fence"));
}
