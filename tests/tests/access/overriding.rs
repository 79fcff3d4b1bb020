//! What a lead may.

use baton_tests::{Json, Mode, Setup, paths, shape, unique};
use serde_json::{Value, json};

use crate::scene::Scene;

fn order() -> Value {
    json!({ "reason": "on vacation" })
}

#[test]
fn a_lead_force_releases_there_and_nowhere_else() {
    let scene = Scene::new(Mode::Embedded);
    let (eddy, lea) = (scene.seat("eddy"), scene.app.named("lea", "editor"));
    let (part, elsewhere) = (scene.part(), unique::part());
    let (session, other) = (eddy.acquire(&part), eddy.acquire(&elsewhere));
    scene.close();
    let force = |user: &baton_tests::Client, session: &Value| {
        user.call("DELETE", &paths::of_session(session, "force-release")).json(&order()).send()
    };
    force(&lea, &other).expect(403, "forbidden");
    force(&lea.as_role("viewer"), &session).expect(403, "forbidden");
    force(&scene.app.named("wanda", "editor"), &session).expect(403, "forbidden");
    // A lead of another team learns nothing.
    force(&scene.app.named("otto", "editor"), &session).expect(404, "not_found");
    let released = force(&lea, &session).ok(200);
    assert_eq!(released["released"], true);
    eddy.renew(&session).expect(410, "session_lost");
    eddy.renew(&other).ok(200);
    let audit = scene.root.get(&format!("/api/audit?action=edit.force_released&part_number={part}")).ok(200);
    assert_eq!(audit["entries"][0]["details"]["admin"], "Lea");
}

#[test]
fn an_approval_of_what_is_hidden_is_not_there() {
    let setup = Setup::new(Mode::Embedded).variable("force_release_requires_approval", "true");
    let scene = Scene::of(setup);
    let (eddy, part) = (scene.seat("eddy"), scene.part());
    let session = eddy.acquire(&part);
    scene.close();
    let lea = scene.app.named("lea", "editor");
    let asked = lea.call("DELETE", &paths::of_session(&session, "force-release")).json(&order()).send().ok(202);
    let approval = &asked["approval"];
    shape::approval(approval);
    let otto = scene.app.named("otto", "editor");
    otto.get(&paths::approval(approval)).expect(404, "not_found");
    otto.post(&paths::of_approval(approval, "sign"), &json!({ "decision": "approve" })).expect(404, "not_found");
    otto.post_empty(&paths::of_approval(approval, "cancel")).expect(404, "not_found");
    assert_eq!(otto.get("/api/approvals").ok(200)["approvals"], json!([]));
    assert_eq!(scene.app.named("wanda", "viewer").get("/api/approvals").ok(200).list("approvals").len(), 1);
    let decision = json!({ "decision": "approve" });
    scene.root.post(&paths::of_approval(approval, "sign"), &decision).ok(200);
    eddy.renew(&session).expect(410, "session_lost");
}
