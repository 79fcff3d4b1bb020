//! Asking for a tree, and the lines of what is in it.

use baton_tests::{App, Json, on_shared_app, paths};
use serde_json::json;

use crate::kit::{diamond, tree, try_tree};

on_shared_app!(
    who_wants_a_part_asks_for_the_assembly,
    a_place_in_line_for_a_tree,
    who_waits_for_a_part_waits_on_the_tree,
    a_waiter_inside_comes_before_a_tree,
    a_tree_is_force_released_as_a_whole,
    a_tree_that_has_expired_counts_for_nothing,
);

fn who_wants_a_part_asks_for_the_assembly(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, .., last] = &diamond(&alice);
    let session = tree(&alice, root);
    let holder = bob.try_acquire(last, &json!({})).expect(409, "held")["holder"].clone();
    // The holder says enough to ask.
    let path = format!("{}/{}/request-handoff", paths::sessions(holder.text("part_number")), holder.text("session_id"));
    let body = json!({ "message": "The last one, please.", "workstation_id": bob.workstation });
    let request = bob.post(&path, &body).ok(202);
    assert_eq!((&request["part_number"], &request["scope"]), (&json!(root), &json!("tree")));
    alice.decline(&request);
    let request = bob.ask_for_transfer(&session);
    alice.accept(&request);
    assert_eq!(bob.held(root)["scope"], "tree");
    alice.try_acquire(last, &json!({})).expect(409, "held");
}

fn a_place_in_line_for_a_tree(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, .., last] = &diamond(&alice);
    let session = tree(&alice, root);
    bob.stand_in_line(&session);
    alice.release(&session);
    assert_eq!(bob.held(root)["scope"], "tree");
    alice.try_acquire(last, &json!({})).expect(409, "held");
}

fn who_waits_for_a_part_waits_on_the_tree(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, .., last] = &diamond(&alice);
    let (session, part) = (tree(&alice, root), alice.acquire(last));
    let request = bob.stand_in_line(&part);
    alice.release(&part);
    let pending = bob.get("/api/handoff-requests?pending=true").ok(200);
    assert_eq!(pending.list("handoff_requests")[0]["session_id"], session["id"]);
    alice.release(&session);
    let granted = bob.held(last);
    assert_eq!((&granted["scope"], granted["id"] != request["session_id"]), (&json!("item"), true));
}

fn a_waiter_inside_comes_before_a_tree(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, left, .., last] = &diamond(&alice);
    let object = alice.acquire_with(last, &json!({ "object_id": "Body" }));
    let request = bob.stand_in_line(&object);
    let refused = try_tree(&alice, root).expect(409, "in_line");
    assert_eq!(refused["first"]["request_id"], request["id"]);
    alice.release(&object);
    bob.held(last);
    try_tree(&alice, left).expect(409, "held");
}

fn a_tree_is_force_released_as_a_whole(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, .., last] = &diamond(&alice);
    let session = tree(&alice, root);
    let path = paths::of_session(&session, "force-release");
    app.user("admin").post(&path, &json!({ "reason": "on holiday" })).ok(200);
    bob.acquire(last);
}

fn a_tree_that_has_expired_counts_for_nothing(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, left, .., last] = &diamond(&alice);
    let body = json!({ "scope": "tree", "ttl_seconds": 1 });
    alice.acquire_with(root, &body);
    baton_tests::eventually("the tree to expire", || {
        let answer = bob.try_acquire(last, &json!({}));
        (answer.status == 201).then_some(())
    });
    try_tree(&bob, left).ok(201);
}
