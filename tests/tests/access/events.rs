//! Events, judged when they are read.

use std::io::{BufRead, BufReader};

use baton_tests::{Inbox, Json, Mode, Seat, at_once, eventually, on_own_app, unique};
use serde_json::{Value, json};

use crate::scene::Scene;

on_own_app!(
    what_is_hidden_is_not_heard,
    a_right_that_is_taken_away_counts_for_polls_that_wait,
    a_right_that_is_taken_away_counts_for_streams,
    a_page_of_what_is_hidden_neither_ends_a_poll_nor_holds_it_up,
);

/// Takes part in everything by a pattern.
fn watching_all(scene: &Scene, user: &str) -> (Seat, Inbox) {
    let seat = scene.seat(user);
    seat.put(&format!("/api/workstations/{}/subscriptions/*", seat.workstation)).ok(201);
    let inbox = seat.inbox();
    (seat, inbox)
}

fn what_is_hidden_is_not_heard(mode: Mode) {
    let scene = Scene::new(mode);
    scene.close();
    let (_otto, mut otto) = watching_all(&scene, "otto");
    let (_wanda, mut wanda) = watching_all(&scene, "wanda");
    let eddy = scene.seat("eddy");
    let (ours, open) = (scene.part(), unique::part());
    eddy.acquire(&ours);
    eddy.acquire(&open);
    assert_eq!(wanda.take()["part_number"], ours);
    assert_eq!(wanda.take()["part_number"], open);
    assert_eq!(otto.take()["part_number"], open);
    otto.expect_nothing_more();
}

fn a_right_that_is_taken_away_counts_for_polls_that_wait(mode: Mode) {
    let scene = Scene::new(mode);
    scene.close();
    let (eddy, wanda) = (scene.seat("eddy"), scene.seat("wanda"));
    let (ours, open) = (scene.part(), unique::part());
    wanda.watch(&ours);
    wanda.watch(&open);
    let cursor = wanda.cursor(&wanda.workstation);
    let poll = wanda.poll(&wanda.workstation, Some(&cursor), 30);
    scene.put_team("watching", &json!([])).ok(200);
    eddy.acquire(&ours);
    eddy.acquire(&open);
    let events = poll.answer().0.ok(200);
    let parts: Vec<&str> = events.list("events").iter().map(|event| event.text("part_number")).collect();
    assert_eq!(parts, [open.as_str()], "{events}");
    // What was passed over doesn't come later; the inbox and what one watches are read with the same eyes.
    assert_eq!(wanda.watched(), [open]);
    wanda.events(&wanda.workstation, Some(events.text("cursor")), 0).ok(200);
}

fn a_right_that_is_taken_away_counts_for_streams(mode: Mode) {
    let scene = Scene::new(mode);
    scene.close();
    let (eddy, wanda) = (scene.seat("eddy"), scene.seat("wanda"));
    let (ours, open) = (scene.part(), unique::part());
    wanda.watch(&ours);
    wanda.watch(&open);
    let path = format!("/api/events?workstation_id={}", wanda.workstation);
    let stream = wanda.call("GET", &path).header("Accept", "text/event-stream").open().expect("a stream");
    let mut lines = BufReader::new(stream.into_body().into_reader()).lines().map(|line| line.expect("a line"));
    assert_eq!(lines.next().as_deref(), Some(": baton"));
    let mut next = || -> Value {
        let line = lines.find(|line| line.starts_with("data:")).expect("an event");
        serde_json::from_str(line.trim_start_matches("data:")).expect("JSON")
    };
    let session = eddy.acquire(&ours);
    assert_eq!(next()["part_number"], ours);
    scene.put_team("watching", &json!([])).ok(200);
    eddy.release(&session);
    eddy.acquire(&open);
    assert_eq!(next()["part_number"], open, "and nothing of the release");
}

fn a_page_of_what_is_hidden_neither_ends_a_poll_nor_holds_it_up(mode: Mode) {
    let scene = Scene::new(mode);
    let (eddy, otto) = (scene.seat("eddy"), scene.seat("otto"));
    let (ours, open) = (scene.part(), unique::part());
    otto.watch(&ours);
    otto.watch(&open);
    scene.close();
    let cursor = otto.cursor(&otto.workstation);
    for _ in 0..6 {
        let session = eddy.acquire(&ours);
        eddy.release(&session);
    }
    // All of it is passed over at once, and the cursor moves on.
    let path = |after: &str, wait: u32| {
        format!("/api/events?workstation_id={}&after={after}&limit=2&wait={wait}", otto.workstation)
    };
    let passed = otto.get(&path(&cursor, 0)).ok(200);
    assert_eq!(passed["events"], json!([]));
    assert_ne!(passed["cursor"].as_str(), Some(cursor.as_str()));
    let poll = otto.poll(&otto.workstation, Some(&cursor), 30);
    for _ in 0..3 {
        let session = eddy.acquire(&ours);
        eddy.release(&session);
    }
    assert!(poll.try_answer().is_none(), "what is hidden ended a poll");
    eddy.acquire(&open);
    let (answer, took) = poll.answer();
    at_once(took, "the news after what is hidden");
    assert_eq!(answer.ok(200)["events"][0]["part_number"], open);
    // The inbox counts only what may be seen.
    eventually("the inbox is empty", || (otto.get("/api/inbox/count").ok(200) == json!({ "unread": 0 })).then_some(()));
}
