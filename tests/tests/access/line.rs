//! The line, where rights come and go.

use baton_tests::{Json, Mode, paths};
use serde_json::json;

use crate::scene::Scene;

#[test]
fn who_may_not_edit_any_more_is_passed_over_and_keeps_the_place() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, otto, lea, part) = (scene.seat("eddy"), scene.seat("otto"), scene.seat("Lea"), scene.part());
    let session = eddy.acquire(&part);
    let (first, second) = (otto.stand_in_line(&session), lea.stand_in_line(&session));
    scene.close();
    eddy.release(&session);
    let held = lea.held(&part);
    assert_eq!(lea.request(&second.id())["status"], "granted");
    scene.put_team("gearbox", &json!([{ "user": "eddy" }, { "user": "otto" }])).ok(200);
    assert_eq!(otto.request(&first.id())["status"], "pending");
    lea.release(&held);
    otto.held(&part);
}

#[test]
fn nothing_is_handed_to_who_may_not_edit_any_more() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, otto, part) = (scene.seat("eddy"), scene.seat("otto"), scene.part());
    let session = eddy.acquire(&part);
    let request = otto.ask_for_transfer(&session);
    scene.close();
    eddy.post_empty(&paths::of_request(&request, "accept")).expect(403, "not_yours");
    eddy.held(&part);
    assert_eq!(eddy.request(&request.id())["status"], "pending");
    // Otto hears nothing of it any more, and may take it back all the same.
    assert_eq!(otto.get("/api/handoff-requests").ok(200)["handoff_requests"], json!([]));
    otto.post_empty(&paths::of_request(&request, "accept")).expect(404, "not_found");
    otto.delete(&paths::request(&request)).ok(204);
}

#[test]
fn the_line_tells_of_what_one_may_see() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, lea, part) = (scene.seat("eddy"), scene.seat("Lea"), scene.part());
    let session = eddy.acquire(&part);
    lea.stand_in_line(&session);
    scene.close();
    assert!(scene.seat("wanda").get("/api/lines").ok(200).to_string().contains(&part));
    assert_eq!(scene.seat("otto").get("/api/lines").ok(200)["lines"], json!([]));
}
