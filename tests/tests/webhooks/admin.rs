//! What admins do with webhooks.

use baton_tests::{App, Json, Mode, Receiver, on_own_app, on_shared_app, unique};
use serde_json::{Value, json};

use crate::{app, deliveries, hook, newest, webhook};

on_shared_app!(
    a_webhook_comes_and_goes,
    only_admins_see_them,
    a_key_of_scope_webhooks_may_look_after_them,
    what_is_no_webhook_is_refused,
    an_address_inside_is_refused_in_any_spelling,
);
on_own_app!(there_are_a_hundred_at_most, a_test_is_sent_once_and_told_of);

const URL: &str = "https://hooks.example.com/x";

fn a_webhook_comes_and_goes(app: &App) {
    let admin = app.user("admin");
    let members = json!({ "url": URL, "events": ["edit.*"], "part_number": "NOBODYS-*", "format": "slack", "description": "chat" });
    let (made, secret) = webhook(&admin, &members);
    let path = format!("/api/webhooks/{}", made.id());
    for (name, value) in members.as_object().expect("an object") {
        assert_eq!(made[name], *value, "{name}");
    }
    assert_eq!((&made["enabled"], &made["disabled_at"]), (&json!(true), &Value::Null));
    let shown = admin.get(&path).ok(200);
    assert!(shown.get("secret").is_none() && !shown.to_string().contains(&secret), "{shown}");
    assert!(admin.pages("/api/webhooks", "webhooks", 2).iter().any(|one| one["id"] == made["id"]));

    let off = admin.call("PATCH", &path).json(&json!({ "enabled": false, "description": null })).send().ok(200);
    assert_eq!(
        (&off["enabled"], &off["description"], &off["disabled_reason"]),
        (&json!(false), &Value::Null, &json!("asked"))
    );
    off.time("disabled_at");
    let on = admin
        .call("PATCH", &path)
        .json(&json!({ "enabled": true, "part_number": null, "events": ["*"] }))
        .send()
        .ok(200);
    assert_eq!((&on["enabled"], &on["disabled_at"], &on["part_number"]), (&json!(true), &Value::Null, &Value::Null));
    assert_eq!(on["url"], URL, "what isn't named stays");
    admin.call("PATCH", &path).json(&json!({ "enabled": false })).send().ok(200);

    let rotated = admin.post_empty(&format!("{path}/rotate")).ok(200);
    assert!(rotated.text("secret").starts_with("whsec_") && rotated["secret"] != *secret, "{rotated}");
    admin.delete(&path).ok(204);
    for gone in [
        admin.get(&path),
        admin.delete(&path),
        admin.post_empty(&format!("{path}/test")),
        admin.post_empty(&format!("{path}/rotate")),
        admin.get(&format!("{path}/deliveries")),
    ] {
        gone.expect(404, "not_found");
    }
    let actions: Vec<_> = admin
        .pages(&format!("/api/audit?resource_id={}", made.id()), "entries", 100)
        .iter()
        .map(|entry| {
            assert!(!entry.to_string().contains("/x\""), "an address may be a secret: {entry}");
            entry.text("action").to_owned()
        })
        .collect();
    for action in ["webhook.created", "webhook.changed", "webhook.rotated", "webhook.deleted"] {
        assert!(actions.iter().any(|one| one == action), "{action} in {actions:?}");
    }
}

fn only_admins_see_them(app: &App) {
    let id = unique::uuid();
    for role in ["viewer", "editor"] {
        let user = app.user(role);
        user.post("/api/webhooks", &json!({ "url": URL })).expect(403, "forbidden");
        user.get("/api/webhooks").expect(403, "forbidden");
        user.get(&format!("/api/webhooks/{id}/deliveries")).expect(403, "forbidden");
        user.post_empty(&format!("/api/webhook-deliveries/{id}/retry")).expect(403, "forbidden");
    }
    app.call("GET", "/api/webhooks").send().expect(401, "unauthorized");
    let admin = app.user("admin");
    admin.get(&format!("/api/webhooks/{id}")).expect(404, "not_found");
    admin.get("/api/webhooks/x").expect(404, "not_found");
    admin.post_empty(&format!("/api/webhook-deliveries/{id}/retry")).expect(404, "not_found");
    app.call("POST", "/send").send().expect(404, "not_found");
}

fn a_key_of_scope_webhooks_may_look_after_them(app: &App) {
    let admin = app.user("admin");
    let key = admin.post("/api/keys", &json!({ "name": "hooks", "scopes": ["webhooks"] })).ok(201);
    let machine = admin.with_token(key.text("secret"));
    let (made, _) = webhook(&machine, &json!({ "url": URL, "part_number": "NOBODYS-1" }));
    machine.get("/api/webhooks").ok(200);
    machine.get("/api/workstations").expect(403, "out_of_scope");
    machine.delete(&format!("/api/webhooks/{}", made.id())).ok(204);
    let reader = admin.post("/api/keys", &json!({ "name": "reader", "scopes": ["read"] })).ok(201);
    admin.with_token(reader.text("secret")).get("/api/webhooks").expect(403, "out_of_scope");
}

fn what_is_no_webhook_is_refused(app: &App) {
    let admin = app.user("admin");
    for (field, members) in [
        ("url", json!({})),
        ("url", json!({ "url": 7 })),
        ("url", json!({ "url": "hooks.example.com" })),
        ("url", json!({ "url": "http://hooks.example.com/" })),
        ("url", json!({ "url": "ftp://hooks.example.com/" })),
        ("url", json!({ "url": "https://user:pass@hooks.example.com/" })),
        ("url", json!({ "url": "https://webhooks.spin.internal/send" })),
        ("url", json!({ "url": format!("https://hooks.example.com/{}", "x".repeat(2_000)) })),
        ("events", json!({ "url": URL, "events": [] })),
        ("events", json!({ "url": URL, "events": ["edit.nothing_such"] })),
        ("events", json!({ "url": URL, "events": ["e*t"] })),
        ("part_number", json!({ "url": URL, "part_number": "F*1" })),
        ("format", json!({ "url": URL, "format": "discord" })),
        ("description", json!({ "url": URL, "description": "x".repeat(201) })),
    ] {
        let refused = admin.post("/api/webhooks", &members);
        let problem = refused.expect(422, "invalid");
        let named = problem.list("errors").iter().any(|error| error.text("field").starts_with(field));
        assert!(named, "{field} in {problem} for {members}");
    }
    admin.call("POST", "/api/webhooks").body("application/json", "{").send().expect(400, "invalid_json");
}

fn an_address_inside_is_refused_in_any_spelling(app: &App) {
    let admin = app.user("admin");
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "10.0.0.1",
        "192.168.257",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fd00::1]",
        "[fe80::1]",
    ] {
        for scheme in ["https", "http"] {
            admin.post("/api/webhooks", &json!({ "url": format!("{scheme}://{host}/") })).invalid("url");
        }
    }
}

fn there_are_a_hundred_at_most(mode: Mode) {
    let app = app(mode, &[]);
    let admin = app.user("admin");
    for _ in 0..100 {
        webhook(&admin, &json!({ "url": URL, "part_number": "NOBODYS-1" }));
    }
    let refused = admin.post("/api/webhooks", &json!({ "url": URL })).expect(409, "quota_exceeded");
    assert_eq!((&refused["quota"], &refused["limit"]), (&json!("webhooks"), &json!(100)));
    assert_eq!(admin.pages("/api/webhooks", "webhooks", 30).len(), 100);
}

fn a_test_is_sent_once_and_told_of(mode: Mode) {
    let receiver = Receiver::start();
    let app = app(mode, &[&receiver]);
    let admin = app.user("admin");
    let made = hook(&admin, &receiver);
    admin.call("PATCH", &format!("/api/webhooks/{}", made.id())).json(&json!({ "enabled": false })).send().ok(200);
    let test = admin.post_empty(&format!("/api/webhooks/{}/test", made.id())).ok(202);
    let arrived = newest(&admin, &made, "the test has arrived", |newest| newest["state"] == "delivered");
    assert_eq!((&arrived["id"], &arrived["event"]["type"]), (&test["id"], &json!("webhook.test")));
    assert_eq!(arrived["attempts"][0]["status"], 204);
    let received = receiver.received();
    assert_eq!((received.len(), received[0].header("webhook-id")), (1, test.text("id")));
    // A test that fails isn't tried again.
    receiver.does(|_, _| baton_tests::Reply::Status(500, "\u{7}no\u{202e}".to_owned()));
    admin.post_empty(&format!("/api/webhooks/{}/test", made.id())).ok(202);
    let failed = newest(&admin, &made, "the test has failed", |newest| newest["state"] == "failed");
    assert_eq!(failed["attempts"][0]["answer"], "\u{fffd}no\u{fffd}");
    let path = format!("/api/webhook-deliveries/{}/retry", failed.id());
    receiver.does(|_, _| baton_tests::Reply::ok());
    assert_eq!(admin.post_empty(&path).ok(202)["id"], failed["id"]);
    let again = newest(&admin, &made, "the retry has arrived", |newest| newest["state"] == "delivered");
    assert_eq!(again.list("attempts").len(), 2);
    admin.post_empty(&path).expect(409, "already_delivered");
    assert_eq!(deliveries(&admin, &made).len(), 2);
}
