//! What an admin says of a repository.

use baton_tests::{App, Client, Json, Response, on_shared_app, shape};
use serde_json::{Value, json};

use crate::scene::Repository;

on_shared_app!(
    a_repository_is_set_up_changed_and_forgotten,
    settings_are_for_admins,
    settings_are_checked,
    repositories_are_listed,
);

fn put(admin: &Client, repository: &Repository, body: &Value) -> Response {
    admin.call("PUT", &repository.settings()).json(body).send()
}

fn a_repository_is_set_up_changed_and_forgotten(app: &App) {
    let (admin, repository) = (app.user("admin"), Repository::new());
    admin.get(&repository.settings()).expect(404, "not_found");
    let upstream = "https://git.example.com/cad.git/info/lfs";
    let made = put(&admin, &repository, &json!({ "upstream": upstream })).ok(201);
    assert_eq!((&made["repository"], &made["upstream"]), (&json!(repository.name), &json!(upstream)));
    assert_eq!(made["lock_ttl_hours"], 336);
    assert!(shape::is_time(&made["created_at"]) && shape::is_time(&made["updated_at"]), "{made}");
    assert_eq!(admin.get(&repository.settings()).ok(200), made);
    let changed = put(&admin, &repository, &json!({ "lock_ttl_hours": 24 })).ok(200);
    assert_eq!((&changed["upstream"], &changed["lock_ttl_hours"]), (&Value::Null, &json!(24)));
    assert_eq!(changed["created_at"], made["created_at"]);
    admin.delete(&repository.settings()).ok(204);
    admin.delete(&repository.settings()).expect(404, "not_found");
    put(&admin, &repository, &json!({})).ok(201);
    let entries = admin.get(&format!("/api/audit?resource_id={}", repository.name)).ok(200);
    let actions: Vec<_> = entries.list("entries").iter().map(|entry| entry.text("action").to_owned()).collect();
    for action in ["repository.created", "repository.updated", "repository.deleted"] {
        assert!(actions.iter().any(|known| known == action), "{action} is not in {actions:?}");
    }
}

fn settings_are_for_admins(app: &App) {
    let (editor, repository) = (app.user("editor"), Repository::new());
    put(&editor, &repository, &json!({})).expect(403, "forbidden");
    for path in [repository.settings().as_str(), "/api/repositories"] {
        editor.get(path).expect(403, "forbidden");
    }
    editor.delete(&repository.settings()).expect(403, "forbidden");
}

fn settings_are_checked(app: &App) {
    let (admin, repository) = (app.user("admin"), Repository::new());
    let long = format!("https://h/{}", "x".repeat(2_000));
    for upstream in
        ["", "x", "ftp://h/x", "https://", "https://u:p@h/x", "https://h/x?y=1", "https://h/x#y", "https://h/\n", &long]
    {
        put(&admin, &repository, &json!({ "upstream": upstream })).invalid("upstream");
    }
    put(&admin, &repository, &json!({ "upstream": 5 })).invalid("upstream");
    for hours in [json!(0), json!(-1), json!(721), json!("x"), json!(1.5)] {
        put(&admin, &repository, &json!({ "lock_ttl_hours": hours })).invalid("lock_ttl_hours");
    }
    admin.get(&repository.settings()).expect(404, "not_found");
    put(&admin, &repository, &json!({ "lock_ttl_hours": 720, "upstream": null })).ok(201);
}

fn repositories_are_listed(app: &App) {
    let (admin, repository) = (app.user("admin"), Repository::new());
    let made = put(&admin, &repository, &json!({})).ok(201);
    let all = admin.pages("/api/repositories", "repositories", 2);
    assert!(all.contains(&made), "{all:?}");
}
