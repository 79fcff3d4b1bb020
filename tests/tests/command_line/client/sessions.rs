//! Who holds what: `who`, `acquire`, `release`, `give`.

use baton_tests::{App, Json, eventually, on_shared_app, paths, shape, unique};
use serde_json::json;

use super::home::Home;

on_shared_app!(
    a_part_is_held_and_released,
    what_is_held_by_somebody_else_is_3,
    several_parts_are_all_or_nothing,
    a_tree_is_held_shown_and_waited_for,
    all_that_one_holds_is_released,
    json_is_the_documents_of_the_api,
    what_others_write_stands_in_a_line,
    a_part_is_given,
    roles_bound_what_one_may,
);

fn a_part_is_held_and_released(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let held = home.ends(0, &["acquire", &part, "--note", "new flange", "--for", "8h"]);
    assert!(held.out.contains(&part) && held.out.contains("8 h"), "{held:?}");
    let session = &home.user.active(&part)[0];
    assert_eq!(session["note"], "new flange");
    let who = home.ends(0, &["who", &part]);
    assert!(who.out.contains(&home.user.user) && who.out.contains("new flange"), "{who:?}");
    assert!(home.ends(0, &["who", "--mine"]).out.contains(&part));
    // Holding it again is as good.
    home.ends(0, &["acquire", &part]);
    home.ends(0, &["release", &part]);
    assert!(home.user.active(&part).is_empty());
    assert!(home.ends(0, &["who", &part]).out.contains("free"));
    let again = home.ends(1, &["release", &part]);
    assert!(again.err.contains("don't hold"), "{again:?}");
}

fn what_is_held_by_somebody_else_is_3(app: &App) {
    let (home, alice, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    alice.acquire_with(&part, &json!({ "note": "hers" }));
    let held = home.ends(3, &["acquire", &part]);
    assert!(held.err.contains(&alice.user) && held.err.contains("baton ask"), "{held:?}");
    let document = home.document(3, &["acquire", &part]);
    assert_eq!((document.text("code"), &document["holder"]["user"]), ("held", &json!(alice.user)));
    let release = home.ends(3, &["release", &part]);
    assert!(release.err.contains(&alice.user), "{release:?}");
    home.ends(3, &["give", &part, "cleo"]);
    home.ends(3, &["edit", &part, "--", "touch", "ran"]);
    assert!(!home.path("ran").exists(), "it ran without the part");
}

fn several_parts_are_all_or_nothing(app: &App) {
    let (home, alice, parts) = (Home::new(app, "editor"), app.seat(), [unique::part(), unique::part(), unique::part()]);
    let session = alice.acquire(&parts[2]);
    let [a, b, c] = parts.each_ref().map(String::as_str);
    let held = home.ends(3, &["acquire", a, b, c]);
    assert!(held.err.contains(c) && held.err.contains(&alice.user), "{held:?}");
    assert!(parts[..2].iter().all(|part| home.user.active(part).is_empty()), "one was taken");
    alice.release(&session);
    let document = home.document(0, &["acquire", a, b, c, a]);
    assert_eq!(document.list("edit_sessions").len(), 3, "{document}");
    // One that isn't held, and nothing is released.
    let other = unique::part();
    home.ends(1, &["release", a, &other]);
    assert_eq!(home.user.active(a).len(), 1);
    home.ends(0, &["release", a, b, c]);
    assert!(parts.iter().all(|part| home.user.active(part).is_empty()));
}

fn a_tree_is_held_shown_and_waited_for(app: &App) {
    let (home, alice) = (Home::new(app, "editor"), app.seat());
    let [whole, part] = [unique::part(), unique::part()];
    let children = json!({ "children": [part] });
    alice.call("PUT", &format!("{}/children", paths::item(&whole))).json(&children).send().ok(200);
    let single = alice.acquire(&part);
    let held = home.ends(3, &["acquire", "--tree", &whole]);
    assert!(held.err.contains(&format!("{part} is held by {}", alice.user)), "{held:?}");
    alice.release(&single);
    home.ends(0, &["acquire", "--tree", &whole]);
    let who = home.ends(0, &["who", &whole]);
    assert!(who.out.contains("with all its parts"), "{who:?}");
    let who = home.ends(0, &["who", &part]);
    assert!(who.out.contains(&whole) && !who.out.contains("free"), "{who:?}");
    alice.try_acquire(&part, &json!({})).expect(409, "held");
    home.ends(0, &["release", &whole]);
    let session = alice.acquire_with(&whole, &json!({ "scope": "tree" }));
    let held = home.ends(3, &["acquire", &part]);
    assert!(held.err.contains(&format!("baton ask {whole}")), "{held:?}");
    // Who wants the part hears when the tree ends, and isn't in line for all of it.
    let waiting = home.start(&["acquire", &part, "--wait"]);
    let watched = |path: &str| home.user.get(path).ok(200).list("subscriptions").to_vec();
    eventually("the tree is watched, too", || {
        let workstation = home.user.get("/api/workstations").ok(200).list("workstations")[0].id();
        let path = format!("{}/subscriptions", paths::workstation(&workstation));
        watched(&path).iter().any(|one| one["part_number"] == whole.as_str()).then_some(())
    });
    assert_eq!(home.user.get("/api/handoff-requests").ok(200)["handoff_requests"], json!([]));
    alice.release(&session);
    assert_eq!(waiting.ended().code, 0);
    assert_eq!(home.user.active(&part).len(), 1);
}

fn all_that_one_holds_is_released(app: &App) {
    let (home, parts) = (Home::new(app, "editor"), [unique::part(), unique::part()]);
    assert!(home.ends(0, &["release", "--all"]).out.contains("nothing"));
    for part in &parts {
        home.ends(0, &["acquire", part]);
    }
    home.ends(0, &["release", "--all"]);
    assert!(parts.iter().all(|part| home.user.active(part).is_empty()));
}

fn json_is_the_documents_of_the_api(app: &App) {
    let (home, part) = (Home::new(app, "editor"), unique::part());
    let session = home.document(0, &["acquire", &part]);
    shape::session(&session);
    assert_eq!(home.document(0, &["who", &part]).list("edit_sessions"), std::slice::from_ref(&session));
    assert_eq!(home.document(0, &["who", "--mine"]).list("edit_sessions"), std::slice::from_ref(&session));
    let all = home.document(0, &["who"]);
    assert!(all.list("edit_sessions").contains(&session), "everybody's");
    assert_eq!(home.document(0, &["release", &part])["released"], json!([session["id"]]));
}

fn what_others_write_stands_in_a_line(app: &App) {
    let (home, alice, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    let session = alice.acquire(&part);
    home.ends(0, &["ask", &part, "--message", "first\nsecond"]);
    let her = Home::of(app, app.named(&alice.user, "editor"));
    let requests = her.ends(0, &["requests"]);
    assert!(requests.out.contains("first second"), "{requests:?}");
    alice.release(&session);
}

fn a_part_is_given(app: &App) {
    let (home, bob, part) = (Home::new(app, "editor"), app.seat(), unique::part());
    home.ends(0, &["acquire", &part]);
    home.ends(1, &["give", &part, &unique::name("nobody")]);
    let given = home.ends(0, &["give", &part, &bob.user]);
    assert!(given.out.contains(&bob.user), "{given:?}");
    bob.held(&part);
}

fn roles_bound_what_one_may(app: &App) {
    let (viewer, part) = (Home::new(app, "viewer"), unique::part());
    assert_eq!(viewer.document(1, &["acquire", &part])["status"], 403);
    viewer.ends(0, &["who", &part]);
    let session = app.seat().acquire(&part);
    assert_eq!(viewer.document(1, &["force-release", &part, "--reason", "now"])["status"], 403);
    assert_eq!(viewer.user.get(&paths::session(&session)).status, 200, "it goes on");
}
