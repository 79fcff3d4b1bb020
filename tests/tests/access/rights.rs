//! Who may what on an item, and what others are told of it.

use baton_tests::{Json, Mode, Seat, paths, unique};
use serde_json::{Value, json};

use crate::scene::Scene;

#[test]
fn nothing_changes_as_long_as_access_was_never_set() {
    let scene = Scene::new(Mode::Embedded);
    let (otto, part) = (scene.seat("otto"), scene.part());
    let session = otto.acquire(&part);
    scene.seat("eddy").try_acquire(&part, &json!({})).expect(409, "held");
    otto.renew(&session).ok(200);
    let order = json!({ "reason": "a lead of nothing yet" });
    let lea = scene.app.named("lea", "editor");
    lea.call("DELETE", &paths::of_session(&session, "force-release")).json(&order).send().expect(403, "forbidden");
}

#[test]
fn the_longest_prefix_decides_by_the_highest_right() {
    let scene = Scene::new(Mode::Embedded);
    let (a, b) = (format!("{}A", scene.prefix), format!("{}AB", scene.prefix));
    scene.put_team("both", &json!([{ "user": "eddy" }])).ok(201);
    let rules = json!([
        { "prefix": a, "team": "gearbox", "may": "view" },
        { "prefix": a, "team": "both", "may": "edit" },
        { "prefix": b, "team": "paint", "may": "edit" },
    ]);
    scene.try_set("view", &rules).ok(200);
    let (eddy, vera, otto) = (scene.seat("eddy"), scene.seat("vera"), scene.seat("otto"));
    let (in_a, in_b, elsewhere) = (format!("{a}-1"), format!("{b}-1"), unique::part());
    let session = eddy.acquire(&in_a);
    vera.get(&paths::item(&in_a)).ok(200);
    vera.try_acquire(&in_a, &json!({})).expect(403, "not_yours");
    otto.get(&paths::item(&in_a)).expect(404, "not_found");
    // Who is in none of the teams of the longest prefix may nothing, whatever a shorter one says.
    otto.acquire(&in_b);
    eddy.get(&paths::item(&in_b)).expect(404, "not_found");
    eddy.try_acquire(&in_b, &json!({})).expect(404, "not_found");
    // Where none fits, the default holds.
    eddy.try_acquire(&elsewhere, &json!({})).expect(403, "not_yours");
    scene.try_set("edit", &json!([])).ok(200);
    eddy.acquire(&elsewhere);
    otto.get(&paths::session(&session)).ok(200);
}

#[test]
fn a_hidden_part_is_like_one_that_there_is_not() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, otto, part) = (scene.seat("eddy"), scene.seat("otto"), scene.part());
    let session = eddy.acquire_with(&part, &json!({ "note": "secret" }));
    scene.close();
    let never = scene.part();
    // What the two answers differ in, if anything but the part's name: nothing.
    let same = |known: &str, unknown: &str| assert_eq!(known.replace(&part, &never), unknown);
    for path in [
        paths::item(&part),
        paths::sessions(&part),
        format!("{}/timeline", paths::item(&part)),
        paths::checkpoints(&part),
    ] {
        let (known, unknown) = (otto.get(&path), otto.get(&path.replace(&part, &never)));
        same(&known.expect(404, "not_found").to_string(), &unknown.expect(404, "not_found").to_string());
    }
    let (known, unknown) = (otto.try_acquire(&part, &json!({})), otto.try_acquire(&never, &json!({})));
    same(&known.expect(404, "not_found").to_string(), &unknown.expect(404, "not_found").to_string());
    let watch = |part: &str| otto.put(&paths::subscription(&otto.workstation, part)).expect(404, "not_found");
    same(&watch(&part).to_string(), &watch(&never).to_string());
    scene.root.get(&paths::item(&never)).expect(404, "not_found");
    for (action, body) in
        [("renew", json!({})), ("verify", json!({ "fence": 1 })), ("request-handoff", json!({ "message": "?" }))]
    {
        otto.post(&paths::of_session(&session, action), &body).expect(404, "not_found");
    }
    otto.get(&paths::session(&session)).expect(404, "not_found");
    otto.delete(&paths::session(&session)).expect(404, "not_found");
    let batch = |atomic: bool| json!({ "workstation_id": otto.workstation, "part_numbers": [unique::part(), part], "atomic": atomic });
    otto.post("/api/edit-sessions/batch", &batch(true)).expect(404, "not_found");
    let some = otto.post("/api/edit-sessions/batch", &batch(false)).ok(200);
    assert_eq!(some["refused"], json!([{ "part_number": part, "code": "not_found" }]));
    assert_eq!(some.list("edit_sessions").len(), 1);
    let released = otto.post("/api/edit-sessions/release", &json!({ "session_ids": [session["id"]] })).ok(200);
    assert_eq!(released["refused"][0]["code"], "not_found");
    for list in ["/api/edit-sessions?all=true", &format!("/api/edit-sessions?part_number={}*", scene.prefix)] {
        let text = otto.get(list).ok(200).to_string();
        assert!(!text.contains(&part) && !text.contains("secret"), "{list}: {text}");
        assert!(eddy.get(list).ok(200).to_string().contains(&part), "{list}");
    }
}

#[test]
fn who_may_only_look_changes_nothing() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, wanda, part) = (scene.seat("eddy"), scene.seat("wanda"), scene.part());
    let session = eddy.acquire(&part);
    scene.close();
    assert_eq!(wanda.get(&paths::session(&session)).ok(200)["id"], session["id"]);
    wanda.watch(&part);
    wanda.verify(&session, session.int("fence")).ok(200);
    wanda.try_acquire(&scene.part(), &json!({})).expect(403, "not_yours");
    wanda.try_ask(&session, &json!({ "message": "May I?" })).expect(403, "not_yours");
    let batch = json!({ "workstation_id": wanda.workstation, "part_numbers": [part] });
    wanda.post("/api/edit-sessions/batch", &batch).expect(403, "not_yours");
    let to_wanda = json!({ "user": "wanda" });
    eddy.post(&paths::of_session(&session, "give"), &to_wanda).expect(403, "not_yours");
    eddy.post(&paths::of_session(&session, "give"), &json!({ "user": "Lea" })).expect(409, "no_workstation");
    eddy.held(&part);
}

#[test]
fn a_holder_who_loses_the_right_keeps_the_session_until_it_ends() {
    let scene = Scene::new(Mode::Embedded);
    let (otto, eddy) = (scene.seat("otto"), scene.seat("eddy"));
    let (part, other) = (scene.part(), scene.part());
    let (session, second) = (otto.acquire(&part), otto.acquire(&other));
    scene.put_team("watching", &json!([{ "user": "otto" }])).ok(200);
    scene.close();
    otto.renew(&session).expect(403, "not_yours");
    otto.try_acquire(&part, &json!({})).expect(403, "not_yours");
    otto.call("PUT", &paths::of_session(&session, "draft")).body("text/plain", "x").send().expect(403, "not_yours");
    otto.call("POST", &paths::of_session(&session, "checkpoints"))
        .body("text/plain", "x")
        .send()
        .expect(403, "not_yours");
    eddy.try_acquire(&part, &json!({})).expect(409, "held");
    assert_eq!(eddy.get(&paths::session(&session)).ok(200)["expires_at"], session["expires_at"]);
    otto.release(&session);
    eddy.acquire(&part);
    // Also where nothing of it is to be seen any more: what one holds one may give back.
    scene.put_team("watching", &json!([])).ok(200);
    otto.renew(&second).expect(404, "not_found");
    otto.release(&second);
}

#[test]
fn a_tree_needs_the_right_to_edit_all_of_it() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, otto) = (scene.seat("eddy"), scene.seat("otto"));
    let (assembly, open, ours) = (unique::part(), unique::part(), scene.part());
    let children = |of: &str| format!("{}/children", paths::item(of));
    let made_of = json!({ "children": [open, ours] });
    scene.root.call("PUT", &children(&assembly)).json(&made_of).send().ok(200);
    scene.close();
    let tree = json!({ "scope": "tree" });
    otto.try_acquire(&assembly, &tree).expect(403, "not_yours");
    let seen = otto.get(&children(&assembly)).ok(200);
    assert!(seen.to_string().contains(&open) && !seen.to_string().contains(&ours), "{seen}");
    otto.get(&format!("{}/parents", paths::item(&ours))).expect(404, "not_found");
    // Nobody puts what is hidden from them anywhere, whether it is there or not.
    for hidden in [ours.clone(), scene.part()] {
        let body = json!({ "children": [hidden] });
        otto.call("PUT", &children(&unique::part())).json(&body).send().expect(404, "not_found");
    }
    otto.acquire(&open);
    eddy.try_acquire(&assembly, &tree).expect(409, "held");
}

/// Who says what an item is made of says it of what they see: what is hidden from them stays a part, and held by the tree.
#[test]
fn nobody_takes_out_of_an_assembly_what_is_hidden_from_them() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, otto) = (scene.seat("eddy"), scene.seat("otto"));
    let (assembly, open, ours) = (unique::part(), unique::part(), scene.part());
    let children = format!("{}/children", paths::item(&assembly));
    let parts = |answer: &Value| -> Vec<Value> {
        answer.list("children").iter().map(|child| child["part_number"].clone()).collect()
    };
    scene.root.call("PUT", &children).json(&json!({ "children": [ours] })).send().ok(200);
    scene.close();
    let tree = eddy.acquire_with(&assembly, &json!({ "scope": "tree" }));
    for seen in [json!([open]), json!([])] {
        let set = otto.call("PUT", &children).json(&json!({ "children": seen })).send().ok(200);
        assert_eq!(json!(parts(&set)), seen);
        assert_eq!(json!(parts(&otto.get(&children).ok(200))), seen);
        assert!(parts(&eddy.get(&children).ok(200)).contains(&json!(ours)));
    }
    let admin = Seat::new(scene.root.clone());
    let held = admin.try_acquire(&ours, &json!({})).expect(409, "held");
    assert_eq!(held["holder"]["session_id"], tree["id"]);
    let none = eddy.call("PUT", &children).json(&json!({ "children": [] })).send().ok(200);
    assert!(parts(&none).is_empty());
    assert!(parts(&eddy.get(&children).ok(200)).is_empty());
}

#[test]
fn names_are_compared_as_everywhere() {
    let scene = Scene::new(Mode::Embedded);
    scene.put_team("gearbox", &json!([{ "user": "J\u{fc}rgen" }])).ok(200);
    scene.close();
    let jurgen = scene.seat("JU\u{308}RGEN");
    let part = scene.part();
    let acquired = jurgen.try_acquire(&part, &json!({})).ok(201);
    assert_eq!(acquired["user"], "J\u{fc}rgen");
}

#[test]
fn an_admin_may_all() {
    let scene = Scene::new(Mode::Embedded);
    scene.try_set("none", &json!([])).ok(200);
    let (part, boss) = (scene.part(), Seat::new(scene.root.clone()));
    let session = boss.acquire(&part);
    boss.renew(&session).ok(200);
    boss.get(&paths::item(&part)).ok(200);
    assert!(boss.get("/api/edit-sessions?all=true").ok(200).to_string().contains(&part));
    boss.release(&session);
    // As the same user with a lower role, nobody may anything.
    let lower: Value = scene.root.as_role("editor").get(&paths::item(&part)).expect(404, "not_found");
    assert_eq!(lower["code"], "not_found");
    // And nobody locks themselves out for good.
    scene.try_set("edit", &json!([])).ok(200);
    scene.seat("otto").acquire(&part);
}
