//! Many at once, and one of them right.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use baton_tests::{App, Json, Response, Seat, on_shared_app, unique};
use serde_json::{Value, json};

on_shared_app!(
    one_of_many_wins,
    overlapping_scopes_never_coexist,
    a_part_changes_hands_under_load,
    releasing_at_once_releases_once,
);

const MANY: usize = 24;

/// How long it may take on a busy machine until somebody has had their turn whom all others compete with.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets all of them act at the same moment.
fn at_the_same_time<T: Send>(seats: &[Seat], act: impl Fn(usize, &Seat) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(seats.len());
    thread::scope(|scope| {
        let (start, act) = (&start, &act);
        let run = |(number, seat)| {
            scope.spawn(move || {
                start.wait();
                act(number, seat)
            })
        };
        let threads: Vec<_> = seats.iter().enumerate().map(run).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

fn seats(app: &App, count: usize) -> Vec<Seat> {
    (0..count).map(|_| app.seat()).collect()
}

fn one_of_many_wins(app: &App) {
    let (seats, part) = (seats(app, MANY), unique::part());
    let mut last_fence = -1;
    for _ in 0..5 {
        let answers = at_the_same_time(&seats, |_, seat| seat.try_acquire(&part, &json!({})));
        let (won, lost): (Vec<&Response>, Vec<&Response>) = answers.iter().partition(|a| a.status == 201);
        assert_eq!(won.len(), 1, "winners: {won:?}");
        let session = won[0].ok(201);
        for answer in lost {
            let held = answer.expect(409, "held");
            assert_eq!(held["holder"]["session_id"], session["id"]);
        }
        assert!(session.int("fence") > last_fence, "fence {} after {last_fence}", session["fence"]);
        last_fence = session.int("fence");
        let winner = seats.iter().find(|seat| seat.user == session.text("user")).expect("one of them");
        winner.held(&part);
        winner.release(&session);
    }
}

/// Some want the whole part and some one of two objects.
fn overlapping_scopes_never_coexist(app: &App) {
    let seats = seats(app, 12);
    let wish = |number: usize| match number % 3 {
        0 => json!({}),
        1 => json!({ "object_id": "A" }),
        _ => json!({ "object_id": "B" }),
    };
    for _ in 0..5 {
        let part = unique::part();
        let answers = at_the_same_time(&seats, |number, seat| seat.try_acquire(&part, &wish(number)));
        let won: Vec<Value> = answers.iter().filter(|a| a.status == 201).map(|a| a.ok(201)).collect();
        let scopes: Vec<&Value> = won.iter().map(|session| &session["object_id"]).collect();
        let different: BTreeSet<String> = scopes.iter().map(|scope| scope.to_string()).collect();
        assert_eq!(different.len(), scopes.len(), "two with the same scope: {won:?}");
        assert!(!scopes.contains(&&Value::Null) || scopes.len() == 1, "the whole part beside an object: {won:?}");
        assert!(!won.is_empty(), "nobody won");
        let fences: BTreeSet<i64> = won.iter().map(|session| session.int("fence")).collect();
        assert_eq!(fences.len(), won.len(), "two grants with one fence: {won:?}");
        assert_eq!(seats[0].active(&part).len(), won.len());
    }
}

/// Tries without a pause until it is this seat's turn.
fn take(seat: &Seat, part: &str) -> Value {
    let begun = Instant::now();
    loop {
        let answer = seat.try_acquire(part, &json!({}));
        if answer.status != 409 {
            return answer.ok(201);
        }
        answer.expect(409, "held");
        assert!(begun.elapsed() < PATIENCE, "it is never this seat's turn: {answer}");
    }
}

/// Everybody takes the part and gives it back, a few times: no two at once, no fence twice, and nobody goes without.
fn a_part_changes_hands_under_load(app: &App) {
    const TURNS: usize = 3;
    let (seats, part) = (seats(app, 8), unique::part());
    let mut inbox = {
        let watcher = app.seat();
        watcher.watch(&part);
        watcher.inbox()
    };
    let fences = at_the_same_time(&seats, |_, seat| {
        let turns = (0..TURNS).map(|_| {
            let session = take(seat, &part);
            seat.held(&part);
            seat.verify(&session, session.int("fence")).ok(200);
            seat.release(&session);
            session.int("fence")
        });
        turns.collect::<Vec<_>>()
    });
    let mut fences: Vec<i64> = fences.into_iter().flatten().collect();
    fences.sort_unstable();
    assert!(fences.windows(2).all(|pair| pair[0] < pair[1]), "a fence was given twice: {fences:?}");
    check_order(&mut inbox, &fences);
}

/// The watcher saw every session come and go, one after the other.
fn check_order(inbox: &mut baton_tests::Inbox, fences: &[i64]) {
    for fence in fences {
        let acquired = inbox.expect("edit.session_acquired", &[]);
        assert_eq!(acquired["data"]["fence"], *fence);
        let released = inbox.expect("edit.session_released", &[]);
        assert_eq!(released["data"]["session_id"], acquired["data"]["session_id"]);
    }
    inbox.expect_nothing_more();
}

fn releasing_at_once_releases_once(app: &App) {
    let (seat, watcher, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let session = seat.acquire(&part);
    let same = vec![seat.clone(); 8];
    at_the_same_time(&same, |_, seat| seat.try_release(&session).ok(204));
    inbox.expect("edit.session_acquired", &[]);
    inbox.expect("edit.session_released", &[]);
    inbox.expect_nothing_more();
}
