//! What one host does and the other has to know.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use baton_tests::{Json, Mode, at_once, eventually, on_own_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{hosts, moved, seat_at};

on_own_app!(
    a_request_at_one_host_wakes_a_poll_at_the_other,
    a_race_across_hosts_has_one_winner,
    a_line_is_one_line,
    a_session_goes_on_when_its_host_is_killed,
);

fn a_request_at_one_host_wakes_a_poll_at_the_other(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let (app, part) = (setup.start(), unique::part());
    let (alice, bob) = (seat_at(&app, 0), seat_at(&app, 1));
    let session = alice.acquire(&part);
    let cursor = alice.cursor(&alice.workstation);
    let poll = alice.poll(&alice.workstation, Some(&cursor), 60);
    let request = bob.ask_for_transfer(&session);
    let (response, took) = poll.answer();
    assert_eq!(response.ok(200)["events"][0]["data"]["request_id"], request["id"]);
    at_once(took, "news from the other host");
    alice.accept(&request);
    assert!(bob.held(&part).int("fence") > session.int("fence"));
    assert_eq!(alice.renew(&session).expect(410, "session_lost")["reason"], "transferred");
}

fn a_race_across_hosts_has_one_winner(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let (app, part) = (setup.start(), unique::part());
    let seats = [seat_at(&app, 0), seat_at(&app, 1)];
    let mut fences = BTreeSet::new();
    for _ in 0..20 {
        let start = Barrier::new(seats.len());
        let answers: Vec<_> = thread::scope(|scope| {
            let try_it = |seat| {
                let (start, part) = (&start, &part);
                scope.spawn(move || {
                    start.wait();
                    baton_tests::Seat::try_acquire(seat, part, &json!({}))
                })
            };
            let tries: Vec<_> = seats.iter().map(try_it).collect();
            tries.into_iter().map(|one| one.join().expect("an answer")).collect()
        });
        let winner = answers.iter().position(|answer| answer.status == 201).expect("one of them gets it");
        let (session, other) = (answers[winner].ok(201), 1 - winner);
        assert_eq!(answers[other].expect(409, "held")["holder"]["session_id"], session["id"]);
        assert!(fences.insert(session.int("fence")), "a fence was given twice: {session}");
        seats[other].verify(&session, session.int("fence")).ok(200);
        seats[winner].release(&session);
        seats[other].verify(&session, session.int("fence")).expect(409, "stale_fence");
    }
}

fn a_line_is_one_line(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let (app, part) = (setup.start(), unique::part());
    let seats: Vec<_> = (0..4).map(|number| seat_at(&app, number % 2)).collect();
    let mut session = seats[0].acquire(&part);
    for seat in &seats[1..] {
        seat.stand_in_line(&session);
    }
    for pair in seats.windows(2) {
        pair[0].release(&session);
        session = pair[1].held(&part);
    }
}

/// Its workstation goes on with the other host, and has missed nothing.
fn a_session_goes_on_when_its_host_is_killed(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let (app, part) = (setup.start(), unique::part());
    let (alice, bob) = (seat_at(&app, 0), seat_at(&app, 1));
    let session = alice.acquire(&part);
    let inbox = alice.inbox();
    let waiting = alice.clone();
    let poll = thread::spawn(move || waiting.try_events(&waiting.workstation, None, 60).is_err());
    let request = bob.ask_for_transfer(&session);
    app.hosts()[0].kill();
    poll.join().expect("a poll ends with its host, or before");
    let alice = moved(&app, &alice, 1);
    let mut heard = alice.inbox();
    heard.cursor = inbox.cursor;
    let asked = heard.expect("edit.handoff_requested", &[]);
    assert_eq!(asked["data"]["request_id"], request["id"]);
    alice.renew(&session).ok(200);
    alice.decline(&request);
    // Its host is there again, and knows what has happened meanwhile.
    app.start_host(0);
    let alice = moved(&app, &alice, 0);
    eventually("its host serves again", || (alice.get("/readyz").status == 200).then_some(()));
    assert_eq!(alice.held(&part)["id"], session["id"]);
    alice.release(&session);
    assert_eq!(bob.get(&paths::item(&part)).ok(200)["edit_sessions"], Value::Array(Vec::new()));
}
