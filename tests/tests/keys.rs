//! "Who calls" of the contract: keys that stand in the place of tokens.

use std::time::Duration;

use baton_tests::{App, Call, Client, Frame, Json, Sse, encode, eventually, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_key_stands_in_the_place_of_a_token,
    a_key_has_at_most_its_makers_role,
    a_key_is_for_its_scopes_alone,
    a_revoked_key_is_refused_from_the_next_request_on,
    a_rotated_key_has_another_secret,
    keys_are_looked_after_by_token,
    keys_are_their_users,
    what_a_key_may_be_is_checked,
    uses_are_counted,
    a_key_comes_in_the_query_of_a_stream_too,
    a_stream_ends_with_its_key,
    a_poll_tells_nothing_to_who_has_a_revoked_key,
    keys_stand_in_the_audit_log_without_their_secrets,
);

fn make(user: &Client, body: &Value) -> Value {
    let key = user.post("/api/keys", body).ok(201);
    for member in ["id", "created_at", "name", "user", "role", "prefix", "secret", "use_count"] {
        assert!(!key[member].is_null(), "a key without {member}: {key}");
    }
    for member in ["scopes", "expires_at", "rotated_at", "last_used_at"] {
        assert!(key.get(member).is_some(), "a key without {member}: {key}");
    }
    assert!(shape::is_uuid(&key["id"]) && shape::is_time(&key["created_at"]), "{key}");
    let (secret, prefix) = (key.text("secret"), key.text("prefix"));
    assert!(secret.starts_with("baton_") && secret.len() >= 38 && secret.starts_with(prefix), "{key}");
    assert!(prefix.len() < secret.len() / 2, "the prefix tells the secret: {key}");
    key
}

/// A user who calls with a key.
fn with(user: &Client, key: &Value) -> Client {
    user.with_token(key.text("secret"))
}

fn key_path(key: &Value) -> String {
    format!("/api/keys/{}", key.text("id"))
}

fn a_key_stands_in_the_place_of_a_token(app: &App) {
    let user = app.user("editor");
    let key = make(&user, &json!({ "name": "ci" }));
    assert_eq!((&key["user"], &key["role"], &key["name"]), (&json!(user.user), &json!("editor"), &json!("ci")));
    let robot = with(&user, &key);
    let (part, workstation) = (unique::part(), robot.workstation());
    let session = robot.post(&paths::sessions(&part), &json!({ "workstation_id": workstation })).ok(201);
    assert_eq!(session["user"], user.user);
    user.delete(&paths::session(&session)).ok(204);
    robot.with_token(&format!("{}0", key.text("secret"))).get("/api/workstations").expect(401, "unauthorized");
    robot.with_token("baton_").get("/api/workstations").expect(401, "unauthorized");
}

fn a_key_has_at_most_its_makers_role(app: &App) {
    let editor = app.user("editor");
    editor.post("/api/keys", &json!({ "name": "up", "role": "admin" })).expect(403, "forbidden");
    let key = make(&editor, &json!({ "name": "down", "role": "viewer" }));
    let robot = with(&editor, &key);
    robot.get("/api/workstations").ok(200);
    let body = json!({ "workstation_id": unique::uuid() });
    robot.post(&paths::sessions(&unique::part()), &body).expect(403, "forbidden");
    robot.get("/api/config").expect(403, "forbidden");
}

fn a_key_is_for_its_scopes_alone(app: &App) {
    let (admin, part) = (app.user("admin"), unique::part());
    let workstation = admin.workstation();
    let session = admin.post(&paths::sessions(&part), &json!({ "workstation_id": workstation })).ok(201);
    let calls = |robot: &Client| {
        let read = robot.get(&paths::session(&session)).status;
        let verify = robot.post(&paths::of_session(&session, "verify"), &json!({ "fence": session["fence"] })).status;
        let renew = robot.post_empty(&paths::of_session(&session, "renew")).status;
        let order = json!({ "reason": "" });
        let force = robot.post(&paths::of_session(&session, "force-release"), &order).status;
        [read, verify, renew, force]
    };
    // With an order that is refused for its empty reason nothing is overridden here.
    for (scopes, expected) in [
        (json!(["read"]), [200, 200, 403, 403]),
        (json!(["edit"]), [200, 200, 200, 403]),
        (json!(["override"]), [200, 200, 200, 422]),
        (json!(["lfs", "webhooks"]), [403, 403, 403, 403]),
        (Value::Null, [200, 200, 200, 422]),
    ] {
        let key = make(&admin, &json!({ "name": "scoped", "scopes": scopes }));
        assert_eq!(key["scopes"], scopes);
        assert_eq!(calls(&with(&admin, &key)), expected, "{scopes}");
    }
    let key = make(&admin, &json!({ "name": "lfs", "scopes": ["lfs"] }));
    with(&admin, &key).get("/api/edit-sessions").expect(403, "out_of_scope");
}

fn a_revoked_key_is_refused_from_the_next_request_on(app: &App) {
    let user = app.user("viewer");
    for _ in 0..3 {
        let key = make(&user, &json!({ "name": "short-lived" }));
        let robot = with(&user, &key);
        // Every component has seen it.
        for path in ["/api/workstations", "/api/edit-sessions", "/api/approvals"] {
            robot.get(path).ok(200);
        }
        user.delete(&key_path(&key)).ok(204);
        for path in ["/api/workstations", "/api/edit-sessions", "/api/approvals"] {
            let refused = robot.get(path);
            refused.expect(401, "unauthorized");
            assert!(refused.header("www-authenticate").is_some(), "{refused}");
        }
        user.delete(&key_path(&key)).expect(404, "not_found");
    }
}

fn a_rotated_key_has_another_secret(app: &App) {
    let user = app.user("viewer");
    let first = make(&user, &json!({ "name": "rotated" }));
    with(&user, &first).get("/api/workstations").ok(200);
    let second = user.post_empty(&format!("{}/rotate", key_path(&first))).ok(200);
    assert_eq!(second["id"], first["id"]);
    assert_ne!(second["secret"], first["secret"]);
    assert!(shape::is_time(&second["rotated_at"]), "{second}");
    with(&user, &first).get("/api/workstations").expect(401, "unauthorized");
    with(&user, &second).get("/api/workstations").ok(200);
    let third = user.post(&format!("{}/rotate", key_path(&first)), &json!({ "grace_minutes": 5 })).ok(200);
    for key in [&second, &third] {
        with(&user, key).get("/api/workstations").ok(200);
    }
    with(&user, &first).get("/api/workstations").expect(401, "unauthorized");
    user.delete(&key_path(&first)).ok(204);
    for key in [&second, &third] {
        with(&user, key).get("/api/workstations").expect(401, "unauthorized");
    }
}

fn keys_are_looked_after_by_token(app: &App) {
    let user = app.user("admin");
    let key = make(&user, &json!({ "name": "self-serving" }));
    let robot = with(&user, &key);
    robot.get("/api/keys").expect(403, "forbidden");
    robot.post("/api/keys", &json!({ "name": "child" })).expect(403, "forbidden");
    robot.post_empty(&format!("{}/rotate", key_path(&key))).expect(403, "forbidden");
    robot.delete(&key_path(&key)).expect(403, "forbidden");
    robot.get("/api/workstations").ok(200);
}

fn keys_are_their_users(app: &App) {
    let (user, other, admin) = (app.user("viewer"), app.user("viewer"), app.user("admin"));
    let key = make(&user, &json!({ "name": "mine" }));
    assert_eq!(user.pages("/api/keys", "keys", 10).len(), 1);
    assert!(other.pages("/api/keys", "keys", 10).is_empty());
    other.get("/api/keys?all=true").expect(403, "forbidden");
    let all = admin.pages("/api/keys?all=true", "keys", 1000);
    let listed = all.iter().find(|listed| listed["id"] == key["id"]).expect("an admin sees it");
    assert!(listed.get("secret").is_none() && !listed.to_string().contains(key.text("secret")), "{listed}");
    other.delete(&key_path(&key)).expect(403, "forbidden");
    other.post_empty(&format!("{}/rotate", key_path(&key))).expect(403, "forbidden");
    admin.post_empty(&format!("{}/rotate", key_path(&key))).expect(403, "forbidden");
    admin.post_empty(&format!("/api/keys/{}/rotate", unique::uuid())).expect(404, "not_found");
    admin.delete(&key_path(&key)).ok(204);
}

fn what_a_key_may_be_is_checked(app: &App) {
    let user = app.user("admin");
    for (field, value) in [
        ("name", json!("")),
        ("role", json!("owner")),
        ("expires_in_days", json!(0)),
        ("expires_in_days", json!(1.5)),
        ("expires_in_days", json!(1_000_000)),
    ] {
        let mut body = json!({ "name": "odd" });
        body[field] = value;
        user.post("/api/keys", &body).invalid(field);
    }
    for scopes in [json!([]), json!(["all"]), json!("read")] {
        user.post("/api/keys", &json!({ "name": "odd", "scopes": scopes })).expect(422, "invalid");
    }
    let key = make(&user, &json!({ "name": "due", "expires_in_days": 30 }));
    assert!(shape::is_time(&key["expires_at"]), "{key}");
    let rotate = format!("{}/rotate", key_path(&key));
    for minutes in [json!(-1), json!(1441), json!("5")] {
        user.post(&rotate, &json!({ "grace_minutes": minutes })).invalid("grace_minutes");
    }
}

fn uses_are_counted(app: &App) {
    let user = app.user("viewer");
    let key = make(&user, &json!({ "name": "busy" }));
    let robot = with(&user, &key);
    for _ in 0..5 {
        robot.get("/api/workstations").ok(200);
    }
    eventually("all uses are counted", || {
        let key = user.get("/api/keys").ok(200).list("keys")[0].clone();
        (key["use_count"] == 5 && shape::is_time(&key["last_used_at"])).then_some(())
    });
}

fn a_key_comes_in_the_query_of_a_stream_too(app: &App) {
    let user = app.user("viewer");
    let key = make(&user, &json!({ "name": "display" }));
    let workstation = user.workstation();
    let path = format!("/api/events?workstation_id={workstation}&access_token={}", encode(key.text("secret")));
    drop(Sse::open(app.call("GET", &path)));
    let poll = |call: Call<'_>| call.send().status;
    assert_eq!(poll(app.call("GET", &format!("{path}&wait=0"))), 200);
    user.delete(&key_path(&key)).ok(204);
    assert_eq!(poll(app.call("GET", &format!("{path}&wait=0"))), 401);
}

/// Within 15 s, in which a stream that goes on would have told that it does.
fn a_stream_ends_with_its_key(app: &App) {
    let user = app.user("viewer");
    let (key, other) = (make(&user, &json!({ "name": "revoked" })), make(&user, &json!({ "name": "kept" })));
    let path = format!("/api/events?workstation_id={}", user.workstation());
    let open = |key: &Value| Sse::open(app.call("GET", &path).bearer(key.text("secret")));
    let (revoked, kept) = (open(&key), open(&other));
    user.delete(&key_path(&key)).ok(204);
    let bound = Duration::from_secs(16);
    while let Some(Frame::Comment) = revoked.frame(Duration::from_secs(1)) {}
    assert!(revoked.frame(bound).is_none(), "the stream goes on");
    assert!(kept.frame(bound).is_some(), "another key's goes on");
}

/// Also if it waited already when the key was revoked: what came later isn't for its bearer.
fn a_poll_tells_nothing_to_who_has_a_revoked_key(app: &App) {
    let (seat, other, part) = (app.seat(), app.seat(), unique::part());
    seat.watch(&part);
    let key = make(&seat, &json!({ "name": "polls" }));
    let cursor = seat.cursor(&seat.workstation);
    let poll = with(&seat, &key).poll(&seat.workstation, Some(&cursor), 30);
    // It waits once the request with which it came counts as a use.
    eventually("the poll has begun", || {
        let listed = seat.get("/api/keys").ok(200);
        (listed["keys"][0]["use_count"] == 1).then_some(())
    });
    seat.delete(&key_path(&key)).ok(204);
    other.acquire(&part);
    poll.answer().0.expect(401, "unauthorized");
    assert_eq!(seat.events(&seat.workstation, Some(&cursor), 0).ok(200).list("events").len(), 1, "it isn't lost");
}

fn keys_stand_in_the_audit_log_without_their_secrets(app: &App) {
    let (user, admin) = (app.user("viewer"), app.user("admin"));
    let key = make(&user, &json!({ "name": "traced" }));
    let rotated = user.post_empty(&format!("{}/rotate", key_path(&key))).ok(200);
    admin.delete(&key_path(&key)).ok(204);
    let entries = admin.pages(&format!("/api/audit?resource_id={}", key.text("id")), "entries", 100);
    let actions: Vec<_> = entries.iter().map(|entry| (entry.text("action"), entry.text("actor"))).collect();
    let (by_user, by_admin) = (user.user.as_str(), admin.user.as_str());
    assert_eq!(actions, [("key.created", by_user), ("key.rotated", by_user), ("key.revoked", by_admin)]);
    let text = json!(entries).to_string();
    assert!(!text.contains(key.text("secret")) && !text.contains(rotated.text("secret")));
    assert!(!app.log().contains(key.text("secret")), "a secret in the log");
}
