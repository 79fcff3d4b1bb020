//! Git LFS: what lies in a repository goes by `repository/path`.

use baton_tests::{Client, Json, Mode, Response, paths, unique};
use serde_json::{Value, json};

use crate::scene::Scene;

const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// The repository `cad`, of which `gear/` is team `gearbox`'s.
struct Cad {
    scene: Scene,
    repository: String,
}

impl Cad {
    fn new() -> Self {
        let (scene, repository) = (Scene::new(Mode::Embedded), unique::name("cad"));
        let rules = json!([
            { "prefix": format!("{repository}/gear/"), "team": "gearbox", "may": "lead" },
            { "prefix": format!("{repository}/gear/"), "team": "watching", "may": "view" },
        ]);
        scene.try_set("edit", &rules).ok(200);
        Self { scene, repository }
    }

    fn post(&self, user: &Client, rest: &str, body: &Value) -> Response {
        user.call("POST", &format!("/lfs/{}/{rest}", self.repository)).body(MEDIA_TYPE, body.to_string()).send()
    }

    fn lock(&self, user: &Client, path: &str) -> Response {
        self.post(user, "locks", &json!({ "path": path }))
    }

    fn locked(&self, user: &Client) -> Vec<String> {
        let list = user.get(&format!("/lfs/{}/locks", self.repository)).json();
        list.list("locks").iter().map(|lock| lock.text("path").to_owned()).collect()
    }

    fn editor(&self, user: &str) -> Client {
        self.scene.app.named(user, "editor")
    }
}

#[test]
fn locks_are_for_who_may_edit_there() {
    let cad = Cad::new();
    let (eddy, otto, wanda) = (cad.editor("eddy"), cad.editor("otto"), cad.editor("wanda"));
    // Also where nobody has locked anything yet.
    assert_eq!(cad.lock(&otto, "gear/a.step").status, 404);
    assert_eq!(cad.lock(&wanda, "gear/a.step").status, 403);
    assert_eq!(cad.lock(&eddy, "gear/a.step").status, 201);
    assert_eq!(cad.lock(&otto, "gear/a.step").status, 404);
    assert_eq!(cad.lock(&otto, "paint/b.step").status, 201);
    assert_eq!(cad.locked(&otto), ["paint/b.step"]);
    assert_eq!(cad.locked(&wanda), ["gear/a.step", "paint/b.step"]);
    let verified = cad.post(&otto, "locks/verify", &json!({})).json();
    assert_eq!((verified.list("ours").len(), verified.list("theirs").len()), (1, 0), "{verified}");
    let sessions = format!("/api/edit-sessions?repository={}", cad.repository);
    assert_eq!(otto.get(&sessions).ok(200).list("edit_sessions").len(), 1);
    assert_eq!(eddy.get(&sessions).ok(200).list("edit_sessions").len(), 2);
}

#[test]
fn a_lead_unlocks_by_force() {
    let cad = Cad::new();
    let (eddy, lea) = (cad.editor("eddy"), cad.editor("lea"));
    let lock = |path: &str| cad.lock(&eddy, path).json()["lock"].id();
    let (ours, elsewhere) = (lock("gear/a.step"), lock("b.step"));
    let force =
        |user: &Client, id: &str| cad.post(user, &format!("locks/{id}/unlock"), &json!({ "force": true })).status;
    assert_eq!(force(&cad.editor("otto"), &ours), 404);
    assert_eq!(force(&cad.editor("wanda"), &ours), 403);
    assert_eq!(force(&lea, &elsewhere), 403);
    assert_eq!(force(&lea, &ours), 200);
    assert_eq!(force(&eddy, &elsewhere), 200, "one's own");
}

#[test]
fn a_lock_whose_holder_may_not_edit_any_more_is_not_renewed() {
    let cad = Cad::new();
    let eddy = cad.editor("eddy");
    cad.lock(&eddy, "gear/a.step");
    let path = format!("/api/edit-sessions?repository={}", cad.repository);
    let before = cad.scene.root.get(&path).ok(200)["edit_sessions"][0].clone();
    cad.scene.put_team("gearbox", &json!([])).ok(200);
    let verified = cad.post(&eddy, "locks/verify", &json!({})).json();
    assert_eq!(verified.list("ours"), &[] as &[Value]);
    let after = cad.scene.root.get(&path).ok(200)["edit_sessions"][0].clone();
    assert_eq!(after["renewed_at"], before["renewed_at"]);
    eddy.get(&paths::item(before.text("part_number"))).expect(404, "not_found");
}
