//! Watching all that an item is made of.

use std::slice::from_ref;
use std::thread;

use baton_tests::{App, Json, Seat, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::kit::{diamond, link, parts};

on_shared_app!(
    a_subscription_to_a_tree_stands_beside_one_to_its_item,
    later_parts_are_watched_and_former_ones_no_longer,
    a_watcher_of_a_tree_of_a_thousand_hears_of_a_batch_in_one_answer,
);

fn subscription(seat: &Seat, part: &str) -> String {
    format!("{}?scope=tree", paths::subscription(&seat.workstation, part))
}

fn a_subscription_to_a_tree_stands_beside_one_to_its_item(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let watched = seat.put(&subscription(&seat, &part)).ok(201);
    assert_eq!((&watched["part_number"], &watched["scope"]), (&json!(part), &json!("tree")));
    seat.put(&subscription(&seat, &part)).ok(200);
    seat.watch(&part);
    let list = |query: &str| {
        let all =
            seat.pages(&format!("{}/subscriptions{query}", paths::workstation(&seat.workstation)), "subscriptions", 1);
        all.iter().map(|one| one["scope"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(list(""), ["item", "tree"]);
    assert_eq!(list("?scope=tree"), ["tree"]);
    seat.delete(&subscription(&seat, &part)).ok(204);
    seat.delete(&subscription(&seat, &part)).ok(204);
    assert_eq!(list(""), ["item"]);
    seat.put(&format!("{}?scope=tree", paths::subscription(&seat.workstation, "F01-%2A"))).invalid("scope");
    assert_eq!(seat.put(&format!("{}?scope=x", paths::subscription(&seat.workstation, &part))).status, 400);
    app.seat().put(&subscription(&seat, &part)).expect(403, "forbidden");
}

fn later_parts_are_watched_and_former_ones_no_longer(app: &App) {
    let (alice, watcher) = (app.seat(), app.seat());
    let ([root, left, _, _, last], [new]) = (diamond(&alice), parts::<1>());
    watcher.put(&subscription(&watcher, &root)).ok(201);
    let cursor = watcher.cursor(&watcher.workstation);
    alice.acquire(&last);
    alice.acquire(&new);
    link(&alice, &left, from_ref(&new));
    alice.acquire_with(&new, &json!({ "object_id": "Body" }));
    link(&alice, &left, &[]);
    alice.acquire_with(&new, &json!({ "object_id": "Lid" }));
    alice.acquire(&root);
    let path = format!("/api/events?workstation_id={}&after={cursor}&wait=0", watcher.workstation);
    let news = watcher.get(&path).ok(200);
    let told: Vec<_> = news.list("events").iter().map(|event| event.text("part_number").to_owned()).collect();
    assert_eq!(told, [last, new, root]);
}

fn a_watcher_of_a_tree_of_a_thousand_hears_of_a_batch_in_one_answer(app: &App) {
    let (seat, watcher, root) = (app.seat(), app.seat(), unique::part());
    let parts: Vec<_> = (0..1_000).map(|number| format!("{root}-{number}")).collect();
    link(&seat, &root, &parts);
    watcher.put(&subscription(&watcher, &root)).ok(201);
    let cursor = watcher.cursor(&watcher.workstation);
    let path = format!("/api/events?workstation_id={}&after={cursor}&wait=30&limit=1000", watcher.workstation);
    let news = thread::scope(|scope| {
        let poll = scope.spawn(|| watcher.get(&path).ok(200));
        let body = json!({ "workstation_id": seat.workstation, "part_numbers": parts });
        seat.post("/api/edit-sessions/batch", &body).ok(201);
        poll.join().expect("an answer")
    });
    let told: Vec<_> = news.list("events").iter().map(|event| event.text("part_number").to_owned()).collect();
    assert_eq!(told, parts);
}
