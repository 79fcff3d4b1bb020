//! Assemblies that tests are about.

use std::slice::from_ref;

use baton_tests::{Json, Response, Seat, paths, unique};
use serde_json::{Value, json};

/// `/api/items/{part_number}/children`
pub fn children_of(part: &str) -> String {
    format!("{}/children", paths::item(part))
}

/// `/api/items/{part_number}/parents`
pub fn parents_of(part: &str) -> String {
    format!("{}/parents", paths::item(part))
}

/// Tries to say what a part is made of.
pub fn try_link(seat: &Seat, part: &str, children: &[String]) -> Response {
    seat.call("PUT", &children_of(part)).json(&json!({ "children": children })).send()
}

/// Says what a part is made of.
pub fn link(seat: &Seat, part: &str, children: &[String]) {
    let linked = try_link(seat, part, children).ok(200);
    assert_eq!(linked.list("children").len(), children.len(), "{linked}");
}

/// Part numbers of a test's own: the first one for an assembly.
pub fn parts<const N: usize>() -> [String; N] {
    let beginning = unique::part();
    std::array::from_fn(|number| format!("{beginning}-{number}"))
}

/// An assembly of two others that share a part, which is made of one: `[root, left, right, shared, last]`.
pub fn diamond(seat: &Seat) -> [String; 5] {
    let parts = parts::<5>();
    let [root, left, right, shared, last] = &parts;
    link(seat, root, &[left.clone(), right.clone()]);
    link(seat, left, from_ref(shared));
    link(seat, right, from_ref(shared));
    link(seat, shared, from_ref(last));
    parts
}

/// Tries to acquire a tree.
pub fn try_tree(seat: &Seat, part: &str) -> Response {
    seat.try_acquire(part, &json!({ "scope": "tree" }))
}

/// Acquires a tree that is free.
pub fn tree(seat: &Seat, part: &str) -> Value {
    let session = seat.acquire_with(part, &json!({ "scope": "tree" }));
    assert_eq!(session["scope"], "tree");
    session
}

/// What a page of `children` or `parents` names, with its depths.
pub fn relatives(document: &Value, list: &str) -> Vec<(String, i64)> {
    document.list(list).iter().map(|one| (one.text("part_number").to_owned(), one.int("depth"))).collect()
}

/// Where a 409 says that something is held, and by which session.
pub fn holders(refused: &Value) -> Vec<(String, String)> {
    let holders = refused.list("holders").iter();
    holders.map(|one| (one.text("part_number").to_owned(), one["holder"].text("session_id").to_owned())).collect()
}
