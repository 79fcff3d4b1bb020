//! Methods that a path does not know, and paths that the API does not know.

use std::collections::{BTreeMap, BTreeSet};

use baton_tests::{App, on_shared_app};

use crate::scene::Scene;

on_shared_app!(a_wrong_method_is_told_the_right_ones, an_unknown_path_is_not_found);

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn a_wrong_method_is_told_the_right_ones(app: &App) {
    let scene = Scene::new(app);
    let admin = scene.alice.as_role("admin");
    let routes = scene.routes();
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for route in &routes {
        known.entry(route.bare_path()).or_default().insert(route.method);
    }
    for path in ["/healthz", "/readyz", "/api/openapi.json"] {
        known.entry(path).or_default().insert("GET");
    }
    for (path, right) in known {
        for wrong in METHODS.iter().filter(|method| !right.contains(*method)) {
            let response = admin.call(wrong, path).send();
            response.expect(405, "method_not_allowed");
            let allow = response.header("allow").unwrap_or_else(|| panic!("no Allow: {response}"));
            let allow: BTreeSet<&str> = allow.split(',').map(str::trim).collect();
            assert!(right.is_subset(&allow), "Allow is {allow:?}, not {right:?}: {response}");
            assert!(!allow.contains(wrong), "Allow names the method that is refused: {response}");
        }
    }
}

fn an_unknown_path_is_not_found(app: &App) {
    let admin = app.user("admin");
    let unknown = [
        "/nothing",
        "/api",
        "/api/nothing",
        "/api/workstationsx",
        "/api/workstations/x/y/z",
        "/api/items",
        "/api/items/F01-0001/nothing",
        "/api/edit-sessions/x/y",
        "/api/handoff-requests/x/y/z",
        "/api/../healthz/x",
        "/%00",
        "/api/%ff%fe",
    ];
    for path in unknown {
        admin.get(path).expect(404, "not_found");
    }
}
