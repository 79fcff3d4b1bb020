//! What each role may do. (Whose things they are is up to the sections.)

use baton_tests::{App, on_shared_app};

use crate::scene::Scene;

on_shared_app!(a_lower_role_is_refused_everywhere, a_higher_role_includes_the_lower);

/// The rightful user with a token of a lower role: only the role is in the way.
fn a_lower_role_is_refused_everywhere(app: &App) {
    let scene = Scene::new(app);
    for route in scene.routes() {
        let lower = match route.role {
            "admin" => vec!["viewer", "editor"],
            "editor" => vec!["viewer"],
            _ => vec![],
        };
        for role in lower {
            route.call(&scene.alice.as_role(role)).send().expect(403, "forbidden");
        }
    }
    assert_eq!(scene.alice.held(&scene.part)["id"], scene.session["id"], "a refused call changed something");
    assert_eq!(scene.bob.request(scene.request["id"].as_str().expect("an id"))["status"], "pending");
}

fn a_higher_role_includes_the_lower(app: &App) {
    let scene = Scene::new(app);
    for route in scene.routes().iter().filter(|route| route.method == "GET") {
        route.call(&scene.alice.as_role("admin")).send().ok(200);
    }
    scene.alice.as_role("admin").delete(&baton_tests::paths::session(&scene.session)).ok(204);
}
