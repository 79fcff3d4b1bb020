//! Setting teams and access up.

use baton_tests::{Json, Mode};
use serde_json::{Value, json};

use crate::scene::Scene;

#[test]
fn teams_are_the_admins_to_set_and_everybodys_to_read() {
    let scene = Scene::new(Mode::Embedded);
    let viewer = scene.app.user("viewer");
    let members = json!([{ "user": "zoe", "lead": true }, { "user": "Abe" }]);
    let team = scene.put_team("wheels", &members).ok(201);
    assert_eq!(team["name"], "wheels");
    assert_eq!(team["members"], json!([{ "user": "zoe", "lead": true }, { "user": "Abe", "lead": false }]));
    assert_eq!(viewer.get("/api/teams/wheels").ok(200), team);
    assert!(viewer.pages("/api/teams", "teams", 2).contains(&team));
    let smaller = scene.put_team("wheels", &json!([{ "user": "ABE" }])).ok(200);
    assert_eq!(smaller["members"], json!([{ "user": "Abe", "lead": false }]), "by the spelling that came first");
    for user in [viewer, scene.app.user("editor")] {
        user.call("PUT", "/api/teams/wheels").json(&json!({ "members": [] })).send().expect(403, "forbidden");
        user.delete("/api/teams/wheels").expect(403, "forbidden");
        user.get("/api/access").expect(403, "forbidden");
        let access = json!({ "default": "edit", "rules": [] });
        user.call("PUT", "/api/access").json(&access).send().expect(403, "forbidden");
    }
    scene.root.delete("/api/teams/wheels").ok(204);
    scene.root.delete("/api/teams/wheels").expect(404, "not_found");
    scene.root.get("/api/teams/wheels").expect(404, "not_found");
}

#[test]
fn teams_that_are_none_are_refused() {
    let scene = Scene::new(Mode::Embedded);
    for (members, field) in [
        (json!([{ "user": "anna" }, { "user": "ANNA" }]), "members[1].user"),
        (json!([{ "user": "system" }]), "members[0].user"),
        (json!([{ "user": "" }]), "members[0].user"),
        (json!([{ "lead": true }]), "members[0].user"),
        (json!([{ "user": "anna", "lead": "yes" }]), "members[0].lead"),
        (json!((0..1_001).map(|user| json!({ "user": format!("u{user}") })).collect::<Vec<_>>()), "members"),
    ] {
        scene.put_team("new", &members).invalid(field);
    }
    scene.put_team("a%20b", &json!([])).invalid("name");
    scene.put_team(&"x".repeat(129), &json!([])).invalid("name");
    scene.root.get("/api/teams/new").expect(404, "not_found");
    scene.put_team("new", &json!([])).ok(201);
}

#[test]
fn access_is_what_was_set_last() {
    let scene = Scene::new(Mode::Embedded);
    let open = json!({ "default": "edit", "rules": [] });
    assert_eq!(scene.root.get("/api/access").ok(200), open, "as long as it was never set");
    let rules = json!([
        { "prefix": "GB-", "team": "paint", "may": "view" },
        { "prefix": "GB-", "team": "gearbox", "may": "lead" },
        { "prefix": "cad/gear box/", "team": "gearbox", "may": "edit" },
        { "prefix": "A", "team": "paint", "may": "edit" },
    ]);
    let set = scene.try_set("none", &rules).ok(200);
    assert_eq!(set, json!({ "default": "none", "rules": rules }));
    assert_eq!(scene.root.get("/api/access").ok(200), set);
    // A team that a rule names stays.
    scene.root.delete("/api/teams/gearbox").expect(409, "in_use");
    assert_eq!(scene.try_set("edit", &json!([])).ok(200), open);
    scene.root.delete("/api/teams/gearbox").ok(204);
    let actions: Vec<String> = ["team", "access"]
        .iter()
        .flat_map(|kind| scene.root.pages(&format!("/api/audit?resource_type={kind}"), "entries", 100))
        .map(|entry| entry.text("action").to_owned())
        .collect();
    assert_eq!(actions.iter().filter(|action| *action == "access.set").count(), 2, "{actions:?}");
    assert!(actions.iter().any(|action| action == "team.deleted"), "{actions:?}");
}

#[test]
fn access_that_is_none_is_refused_and_changes_nothing() {
    let scene = Scene::new(Mode::Embedded);
    scene.close();
    let before = scene.root.get("/api/access").ok(200);
    let rule = |prefix: &str, team: &str, may: &str| json!({ "prefix": prefix, "team": team, "may": may });
    for (default, rules, field) in [
        ("edit", json!([rule("", "paint", "edit")]), "rules[0].prefix"),
        ("edit", json!([rule("GB-*", "paint", "edit")]), "rules[0].prefix"),
        ("edit", json!([rule("../x", "paint", "edit")]), "rules[0].prefix"),
        ("edit", json!([rule(&"x".repeat(1_200), "paint", "edit")]), "rules[0].prefix"),
        ("edit", json!([rule("GB-", "paint", "edit"), rule("GB-", "nobody", "edit")]), "rules[1].team"),
        ("edit", json!([rule("GB-", "paint", "edit"), rule("GB-", "paint", "view")]), "rules[1]"),
        ("edit", json!([rule("GB-", "paint", "all")]), "rules[0].may"),
        ("lead", json!([]), "default"),
    ] {
        scene.try_set(default, &rules).invalid(field);
    }
    let body = json!({ "default": "edit", "rules": "none" });
    scene.root.call("PUT", "/api/access").json(&body).send().invalid("rules");
    assert_eq!(scene.root.get("/api/access").ok(200), before);
}

#[test]
fn thousands_of_rules_are_found_fast_enough_to_work_with() {
    let scene = Scene::new(Mode::Embedded);
    let rules: Vec<Value> =
        (0..3_000).map(|number| json!({ "prefix": format!("R{number}-"), "team": "paint", "may": "edit" })).collect();
    scene.try_set("view", &json!(rules)).ok(200);
    let otto = scene.seat("otto");
    let session = otto.acquire("R2999-1");
    scene.seat("eddy").try_acquire("R2999-1", &json!({})).expect(404, "not_found");
    otto.release(&session);
    let too_many: Vec<Value> =
        (0..5_001).map(|n| json!({ "prefix": format!("R{n}"), "team": "paint", "may": "edit" })).collect();
    let refused = scene.try_set("view", &json!(too_many));
    refused.expect_one_of(&[413, 422]);
}
