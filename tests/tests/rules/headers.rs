//! The request's id, and the headers of a request in general.

use baton_tests::{App, Raw, eventually, on_shared_app, unique};

on_shared_app!(
    a_request_id_is_echoed,
    a_request_id_is_made,
    a_request_id_stands_in_the_log,
    an_odd_request_id_does_no_harm,
    many_headers_do_no_harm,
);

fn a_request_id_is_echoed(app: &App) {
    let user = app.user("viewer");
    let calls = [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/api/openapi.json", 200),
        ("GET", "/api/workstations", 200),
        ("GET", "/api/config", 403),
        ("GET", "/api/items/F01-unseen", 404),
        ("GET", "/api/nothing", 404),
        ("PATCH", "/api/workstations", 405),
        ("GET", "/api/events", 400),
    ];
    for (method, path, status) in calls {
        let id = unique::name("request");
        let response = user.call(method, path).header("x-request-id", &id).send();
        assert_eq!(response.status, status, "{response}");
        assert_eq!(response.header("x-request-id"), Some(id.as_str()), "{response}");
    }
    let id = unique::name("request");
    let response = app.call("GET", "/api/workstations").header("x-request-id", &id).send();
    response.expect(401, "unauthorized");
    assert_eq!(response.header("x-request-id"), Some(id.as_str()), "{response}");
}

fn a_request_id_is_made(app: &App) {
    let made = || {
        let response = app.user("viewer").get("/api/workstations");
        response.header("x-request-id").expect("checked on every answer").to_owned()
    };
    assert_ne!(made(), made(), "two requests with one id");
}

fn a_request_id_stands_in_the_log(app: &App) {
    for path in ["/api/workstations", "/api/items/F01-unseen", "/api/handoff-requests", "/api/config"] {
        let id = unique::name("request");
        app.user("editor").call("GET", path).header("x-request-id", &id).send();
        eventually(&format!("a log line with the id of the request for {path}"), || {
            app.log().lines().any(|line| line.contains(&id)).then_some(())
        });
    }
}

/// It comes back or a new one is made; either way no line of the log can be forged with it.
fn an_odd_request_id_does_no_harm(app: &App) {
    let user = app.user("viewer");
    for id in ["x".repeat(4000), "a b c".to_owned(), "\"},{\"level\":\"".to_owned(), "'; DROP TABLE x".to_owned()] {
        user.call("GET", "/api/workstations").header("x-request-id", &id).send().ok(200);
    }
    let mut raw = Raw::connect(app);
    let token = format!("Bearer {}", user.token);
    raw.head("GET", "/api/workstations", &[("authorization", &token), ("x-request-id", "caf\u{e9}")]);
    let (status, text) = raw.read();
    assert!((200..500).contains(&status), "{text}");
}

fn many_headers_do_no_harm(app: &App) {
    let user = app.user("viewer");
    let mut call = user.call("GET", "/api/workstations");
    for number in 0..50 {
        call = call.header(&format!("x-{number}"), "v");
    }
    call.header("accept", "application/xml").header("cookie", "a=b").send().ok(200);
}
