//! Sessions on whole trees.

use std::slice::from_ref;

use baton_tests::{App, Json, on_shared_app, paths, shape, unique};
use serde_json::json;

use crate::kit::{diamond, holders, link, parts, tree, try_link, try_tree};

on_shared_app!(
    a_tree_is_held_on_every_path,
    who_holds_which_part_of_it_is_told,
    two_trees_that_share_a_part,
    ones_own_parts_are_no_conflict,
    what_comes_later_is_held_and_what_leaves_is_let_go,
    nobody_elses_session_comes_under_it,
    the_fence_of_its_parts_grows_too,
    a_tree_has_no_object,
    a_tree_of_a_thousand_is_taken_in_one_step,
    every_document_of_a_session_has_its_scope,
);

fn a_tree_is_held_on_every_path(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let parts = diamond(&alice);
    let session = tree(&alice, &parts[0]);
    assert_eq!(try_tree(&alice, &parts[0]).ok(200)["id"], session["id"], "held already: renewed");
    for part in &parts {
        for body in [json!({}), json!({ "object_id": "Body" }), json!({ "scope": "tree" }), json!({ "scope": "item" })]
        {
            let refused = bob.try_acquire(part, &body).expect(409, "held");
            let holder = &refused["holder"];
            shape::holder(holder);
            assert_eq!(holder["session_id"], session["id"], "{refused}");
            assert_eq!((&holder["part_number"], &holder["scope"]), (&json!(parts[0]), &json!("tree")));
        }
    }
    let body = json!({ "workstation_id": bob.workstation, "part_numbers": [unique::part(), parts[4]] });
    let refused = bob.post("/api/edit-sessions/batch", &body).expect(409, "held");
    assert_eq!(holders(&refused), [(parts[4].clone(), session.id())]);
    assert_eq!(bob.get(&paths::item(&parts[4])).ok(200)["held_with"], json!([alice.held(&parts[0])]));
    alice.release(&session);
    assert_eq!(bob.get(&paths::item(&parts[4])).ok(200)["held_with"], json!([]));
    bob.acquire(&parts[4]);
}

fn who_holds_which_part_of_it_is_told(app: &App) {
    let (alice, bob, carol) = (app.seat(), app.seat(), app.seat());
    let [root, left, right, _, last] = &diamond(&alice);
    let (one, two) = (alice.acquire_with(last, &json!({ "object_id": "Body" })), bob.acquire(right));
    let refused = try_tree(&carol, root).expect(409, "held");
    assert_eq!(refused["holder"]["session_id"], one["id"]);
    assert_eq!(holders(&refused), [(last.clone(), one.id()), (right.clone(), two.id())]);
    refused.list("holders").iter().for_each(|one| shape::holder(&one["holder"]));
    assert_eq!(holders(&try_tree(&carol, left).expect(409, "held")), [(last.clone(), one.id())]);
    carol.acquire(root);
    // No more than a hundred are named.
    let many: Vec<_> = (0..120).map(|number| format!("{root}-{number}")).collect();
    link(&alice, left, &many);
    let body = json!({ "workstation_id": bob.workstation, "part_numbers": many });
    bob.post("/api/edit-sessions/batch", &body).ok(201);
    assert_eq!(try_tree(&carol, left).expect(409, "held").list("holders").len(), 100);
}

fn two_trees_that_share_a_part(app: &App) {
    let (alice, bob, [one, two, shared, apart]) = (app.seat(), app.seat(), parts::<4>());
    link(&alice, &one, from_ref(&shared));
    link(&alice, &two, &[apart, shared.clone()]);
    let session = tree(&alice, &one);
    let refused = try_tree(&bob, &two).expect(409, "held");
    assert_eq!(holders(&refused), [(shared, session.id())], "the part that is in both");
    assert_eq!(refused["holder"]["part_number"], json!(one));
    alice.release(&session);
    tree(&bob, &two);
}

fn ones_own_parts_are_no_conflict(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, left, _, _, last] = &diamond(&alice);
    let own = alice.acquire(last);
    let whole = alice.acquire(root);
    let session = tree(&alice, root);
    assert_ne!(whole["id"], session["id"]);
    let inner = tree(&alice, left);
    alice.release(&session);
    assert_eq!(bob.try_acquire(last, &json!({})).expect(409, "held")["holder"]["session_id"], own["id"]);
    alice.release(&own);
    assert_eq!(bob.try_acquire(last, &json!({})).expect(409, "held")["holder"]["session_id"], inner["id"]);
    // One's own at another workstation is somebody else's.
    let laptop = baton_tests::Seat::new((*alice).clone());
    try_tree(&laptop, left).expect(409, "held");
}

fn what_comes_later_is_held_and_what_leaves_is_let_go(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let [root, left, right, shared, last] = &diamond(&alice);
    let (session, new) = (tree(&alice, root), unique::part());
    link(&bob, last, from_ref(&new));
    assert_eq!(bob.try_acquire(&new, &json!({})).expect(409, "held")["holder"]["session_id"], session["id"]);
    link(&bob, left, &[]);
    bob.try_acquire(&new, &json!({})).expect(409, "held");
    link(&bob, right, &[]);
    let of_bob = tree(&bob, shared);
    bob.try_acquire(left, &json!({})).expect(409, "held");
    bob.release(&of_bob);
}

fn nobody_elses_session_comes_under_it(app: &App) {
    let (alice, bob, [root, free, part, last]) = (app.seat(), app.seat(), parts::<4>());
    link(&alice, &part, from_ref(&last));
    link(&alice, &root, &[]);
    let (held, session) = (bob.acquire(&last), tree(&alice, &root));
    let refused = try_link(&alice, &root, &[free.clone(), part.clone()]).expect(409, "held");
    assert_eq!(holders(&refused), [(part.clone(), held.id())]);
    bob.get(&paths::item(&free)).expect(404, "not_found");
    bob.release(&held);
    link(&alice, &root, &[free, part]);
    assert_eq!(bob.try_acquire(&last, &json!({})).expect(409, "held")["holder"]["session_id"], session["id"]);
}

fn the_fence_of_its_parts_grows_too(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let parts = diamond(&alice);
    for _ in 0..3 {
        bob.release(&bob.acquire(&parts[4]));
    }
    let session = tree(&alice, &parts[0]);
    let fence = |part: &str| bob.get(&paths::item(part)).ok(200).int("fence");
    assert!(parts.iter().all(|part| fence(part) == session.int("fence")), "{session}");
    assert!(session.int("fence") > 3);
    alice.verify(&session, session.int("fence")).ok(200);
    alice.release(&session);
    assert!(bob.acquire(&parts[1]).int("fence") > session.int("fence"));
}

fn a_tree_has_no_object(app: &App) {
    let seat = app.seat();
    let part = unique::part();
    seat.try_acquire(&part, &json!({ "scope": "tree", "object_id": "Body" })).invalid("object_id");
    seat.try_acquire(&part, &json!({ "scope": "forest" })).invalid("scope");
    seat.get(&paths::item(&part)).expect(404, "not_found");
    tree(&seat, &part);
}

fn a_tree_of_a_thousand_is_taken_in_one_step(app: &App) {
    let (alice, bob, root) = (app.seat(), app.seat(), unique::part());
    let groups: Vec<_> = (0..10).map(|number| format!("{root}-{number}")).collect();
    link(&alice, &root, &groups);
    for group in &groups {
        link(&alice, group, &(0..99).map(|number| format!("{group}-{number}")).collect::<Vec<_>>());
    }
    let session = tree(&alice, &root);
    assert_eq!(
        bob.try_acquire(&format!("{root}-9-98"), &json!({})).expect(409, "held")["holder"]["session_id"],
        session["id"]
    );
    alice.release(&session);
    bob.acquire(&format!("{root}-9-98"));
}

fn every_document_of_a_session_has_its_scope(app: &App) {
    let (alice, bob, [root, part]) = (app.seat(), app.seat(), parts::<2>());
    link(&alice, &root, from_ref(&part));
    let session = tree(&alice, &root);
    assert_eq!(alice.held(&root)["scope"], "tree");
    assert_eq!(alice.renew(&session).ok(200)["scope"], "tree");
    assert_eq!(alice.get("/api/edit-sessions").ok(200).list("edit_sessions")[0]["scope"], "tree");
    let given = alice.post(&paths::of_session(&session, "give"), &json!({ "workstation_id": bob.workstation })).ok(200);
    assert_eq!((&given["scope"], &given["user"]), (&json!("tree"), &json!(bob.user)));
    alice.try_acquire(&part, &json!({})).expect(409, "held");
    bob.release(&given);
    let body = json!({ "workstation_id": bob.workstation, "part_numbers": [part] });
    let taken = bob.post("/api/edit-sessions/batch", &body).ok(201);
    assert_eq!(taken.list("edit_sessions")[0]["scope"], "item");
}
