//! Those who wait, by the thousand.

use baton_tests::{App, Bystander, Json, Mode, Seat, Setup, allow_crowds, on_own_app, on_spin, skipped, unique};
use serde_json::Value;

on_own_app!(
    a_thousand_waiters_are_woken_and_none_is_left_over,
    a_large_audience_hears_of_a_change,
    clients_that_go_away_leave_nothing_behind,
);

/// How many workstations wait, and how many times each of them.
const WORKSTATIONS: usize = 40;
const POLLS: usize = 25;

/// The longest wait: who isn't woken answers too late to have heard of anything.
const WAIT: u32 = 60;

fn seats(app: &App, count: usize) -> Vec<Seat> {
    (0..count).map(|_| app.seat()).collect()
}

/// All of them begin to wait, from this moment on.
fn wait(app: &App, seats: &[Seat], polls: usize) -> Vec<Vec<Bystander>> {
    let begin = |seat: &Seat| {
        let cursor = seat.cursor(&seat.workstation);
        (0..polls).map(|_| Bystander::new(app, seat, &cursor, WAIT)).collect()
    };
    seats.iter().map(begin).collect()
}

/// Everyone's answer is the beginning of this session, and nothing else.
fn check_heard(waiting: Vec<Bystander>, session: &Value) {
    for bystander in waiting {
        let answer = bystander.answer();
        let [event] = answer.list("events") else { panic!("not one event: {answer}") };
        assert_eq!(event["type"], "edit.session_acquired", "{event}");
        assert_eq!(event["data"]["session_id"], session["id"], "{event}");
    }
}

/// Half of the workstations watch one part, half another. Again and again all come to wait, some go away without a word,
/// and the others hear of their own part: everyone, and of nothing else.
fn a_thousand_waiters_are_woken_and_none_is_left_over(mode: Mode) {
    allow_crowds();
    let app = App::start(mode);
    let (editor, seats) = (app.seat(), seats(&app, WORKSTATIONS));
    let parts = [unique::part(), unique::part()];
    seats.iter().zip(parts.iter().cycle()).for_each(|(seat, part)| seat.watch(part));
    for _ in 0..3 {
        let mut waiting = wait(&app, &seats, POLLS);
        waiting.iter_mut().for_each(|of_seat| of_seat.truncate(POLLS * 2 / 3));
        let sessions = parts.each_ref().map(|part| editor.acquire(part));
        for (number, of_seat) in waiting.into_iter().enumerate() {
            check_heard(of_seat, &sessions[number % 2]);
        }
        sessions.iter().for_each(|session| editor.release(session));
    }
    let last = wait(&app, &seats[..1], 1).remove(0);
    check_heard(last, &editor.acquire(&parts[0]));
}

/// More workstations than a change names when it is announced.
fn a_large_audience_hears_of_a_change(mode: Mode) {
    allow_crowds();
    let app = App::start(mode);
    let (editor, seats, part) = (app.seat(), seats(&app, 120), unique::part());
    seats.iter().for_each(|seat| seat.watch(&part));
    let waiting = wait(&app, &seats, 1);
    let session = editor.acquire(&part);
    waiting.into_iter().for_each(|of_seat| check_heard(of_seat, &session));
}

/// A client that goes away is forgotten when its wait is over: what the server takes doesn't grow with those who were
/// there.
fn clients_that_go_away_leave_nothing_behind(mode: Mode) {
    if on_spin() {
        return skipped("the memory of clients that have gone", "Spin's own grows with the instances that it has had");
    }
    allow_crowds();
    let app = Setup::new(mode).variable("rate_limit_waiting", "0").start();
    let seat = app.seat();
    let cursor = seat.cursor(&seat.workstation);
    let come_and_go = || {
        let here: Vec<_> = (0..500).map(|_| Bystander::new(&app, &seat, &cursor, 1)).collect();
        drop(here);
        // Whoever comes after them is answered after its wait, hence after theirs.
        Bystander::new(&app, &seat, &cursor, 1).answer();
    };
    (0..2).for_each(|_| come_and_go());
    let before = app.resident();
    (0..10).for_each(|_| come_and_go());
    let after = app.resident();
    // Not a little later: an instance in which all waits are over would be given up, with all that it holds.
    assert!(after < before + before / 4 + (48 << 20), "{before} bytes became {after} with 5,000 who have gone");
}
