//! All clients at once.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use baton_tests::{Json, Mode, Seat, allow_crowds, on_own_app, unique};
use serde_json::json;

use crate::scene::{hosts, seat_at};

on_own_app!(thirty_two_at_once, a_hundred_and_twenty_eight_at_once);

/// How often each of them takes a part and gives it back.
const TURNS: usize = 4;

fn thirty_two_at_once(mode: Mode) {
    at_once(mode, 32);
}

fn a_hundred_and_twenty_eight_at_once(mode: Mode) {
    at_once(mode, 128);
}

/// Each has a part of their own, which is always to be had, and all want the same one besides: nobody is answered
/// anything but 2xx and the 409 of who comes too late, no fence is given twice, and the record says where each came from.
fn at_once(mode: Mode, clients: usize) {
    allow_crowds();
    let Some(setup) = hosts(mode) else { return };
    let (app, wanted) = (setup.start(), unique::part());
    let seats: Vec<Seat> = (0..clients).map(|number| seat_at(&app, number % 2)).collect();
    let start = Barrier::new(clients);
    let fences: Vec<i64> = thread::scope(|scope| {
        let work = |seat| {
            let (start, wanted) = (&start, &wanted);
            scope.spawn(move || {
                start.wait();
                (0..TURNS).filter_map(|_| turn(seat, wanted)).collect::<Vec<_>>()
            })
        };
        let clients: Vec<_> = seats.iter().map(work).collect();
        clients.into_iter().flat_map(|client| client.join().expect("every answer is one of these")).collect()
    });
    let once: BTreeSet<i64> = fences.iter().copied().collect();
    assert_eq!(once.len(), fences.len(), "a fence was given twice: {fences:?}");
    assert!(!fences.is_empty(), "nobody got it");
    // One instance may have had another one answer: it said whose request it was.
    let taken = app.user("admin").pages("/api/audit?action=edit.session_acquired", "entries", 200);
    assert!(taken.len() >= clients * TURNS, "{} of them", taken.len());
    assert!(taken.iter().all(|entry| entry["ip"] == "127.0.0.1"), "{taken:?}");
}

/// The fence of the part that all want, if it was to be had.
fn turn(seat: &Seat, wanted: &str) -> Option<i64> {
    let own = seat.acquire(&unique::part());
    let answer = seat.try_acquire(wanted, &json!({}));
    let session = if answer.status == 409 {
        answer.expect(409, "held");
        None
    } else {
        Some(answer.ok(201))
    };
    if let Some(session) = &session {
        seat.release(session);
    }
    seat.release(&own);
    session.map(|session| session.int("fence"))
}
