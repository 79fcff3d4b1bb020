//! The database or Redis goes, and comes back.

use std::thread;
use std::time::Duration;

use baton_tests::{Mode, Response, eventually, meanwhile, on_own_app, paths, unique, within};
use serde_json::json;

use crate::scene::{hosts, seat_at};

on_own_app!(
    without_the_database_clients_are_told_to_come_back,
    the_first_change_after_an_outage_is_made,
    what_was_answered_outlives_the_database,
);

fn says_when(response: &Response) {
    response.expect(503, "unavailable");
    let wait = response.header("retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(wait.is_some(), "no Retry-After: {response}");
}

fn without_the_database_clients_are_told_to_come_back(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let (app, part) = (setup.start(), unique::part());
    let (alice, bob) = (seat_at(&app, 0), seat_at(&app, 1));
    bob.watch(&part);
    let mut inbox = bob.inbox();
    let session = alice.acquire(&part);
    let database = app.database().expect("a cluster has one");
    database.kill();
    for seat in [&alice, &bob] {
        says_when(&seat.renew(&session));
        says_when(&seat.get(&paths::item(&part)));
        says_when(&seat.try_acquire(&unique::part(), &json!({})));
        says_when(&seat.get("/readyz"));
        seat.get("/healthz").ok(200);
    }
    database.start_again();
    for host in app.hosts() {
        let user = host.user("viewer");
        within(Duration::from_secs(20), "it is ready again", || (user.get("/readyz").status == 200).then_some(()));
    }
    alice.renew(&session).ok(200);
    alice.release(&session);
    inbox.expect("edit.session_acquired", &[]);
    inbox.expect("edit.session_released", &[]);
}

/// One of those that may not be made twice, by an instance that has made others before, and was asked for something all the time.
fn the_first_change_after_an_outage_is_made(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let app = setup.start();
    let database = app.database().expect("a cluster has one");
    let admin = app.hosts()[0].user("admin");
    let members = json!({ "members": [{ "user": admin.user }] });
    let team = || admin.call("PUT", &format!("/api/teams/{}", unique::name("team"))).json(&members).send();
    team().ok(201);
    let reads = || drop(admin.get("/api/teams"));
    meanwhile(vec![reads], || {
        database.kill();
        database.start_again();
        eventually("it is read again", || (admin.get("/api/teams").status == 200).then_some(()));
        team().ok(201);
    });
}

/// Killed while both hosts write: whatever was answered is there.
fn what_was_answered_outlives_the_database(mode: Mode) {
    let Some(setup) = hosts(mode) else { return };
    let app = setup.start();
    let database = app.database().expect("a cluster has one");
    let seats: Vec<_> = (0..8).map(|number| seat_at(&app, number % 2)).collect();
    let over = &std::sync::atomic::AtomicBool::new(false);
    let held: Vec<_> = thread::scope(|scope| {
        let work = |seat| {
            scope.spawn(move || {
                let (mut held, seat): (Vec<_>, &baton_tests::Seat) = (Vec::new(), seat);
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    let answer = seat.try_acquire(&unique::part(), &json!({}));
                    match answer.status {
                        201 => held.push(answer.ok(201)),
                        _ => says_when(&answer),
                    }
                }
                held
            })
        };
        let workers: Vec<_> = seats.iter().map(work).collect();
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(700));
            database.kill();
            thread::sleep(Duration::from_millis(300));
            database.start_again();
        }
        eventually("changes are made again", || {
            let answer = seats[0].try_acquire(&unique::part(), &json!({}));
            (answer.status == 201).then_some(())
        });
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        workers.into_iter().flat_map(|worker| worker.join().expect("each answer is one of these")).collect()
    });
    assert!(held.len() > 20, "hardly anything was done: {}", held.len());
    let asker = seat_at(&app, 1);
    for session in held {
        let now = asker.get(&paths::session(&session)).ok(200);
        assert_eq!(now["fence"], session["fence"], "{now}");
    }
}

/// Redis only wakes: news from the other host come without it, too.
#[test]
fn without_redis_news_cross_hosts_from_the_log() {
    let Some(setup) = hosts(Mode::Redis) else { return };
    let (app, part) = (setup.start(), unique::part());
    let (alice, bob) = (seat_at(&app, 0), seat_at(&app, 1));
    bob.watch(&part);
    let mut inbox = bob.inbox();
    app.redis().kill();
    let session = alice.acquire(&part);
    inbox.expect("edit.session_acquired", &[]);
    app.redis().start_again();
    alice.release(&session);
    inbox.expect("edit.session_released", &[]);
    inbox.expect_nothing_more();
}
