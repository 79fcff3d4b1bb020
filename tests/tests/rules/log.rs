//! The request log: who asked for what, from where, and what came of it; and nothing that makes it grow at a client's will.

use baton_tests::{App, Json, Mode, Setup, eventually, on_own_app, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_line_names_user_address_and_route,
    refusals_can_be_found_again,
    downloads_and_exports_can_be_found_again,
    a_long_path_stays_out_of_the_log,
    nobody_says_for_the_peer_where_it_is,
);
on_own_app!(
    a_trusted_proxy_says_who_is_behind_it,
    what_is_no_address_is_an_operators_mistake,
    a_line_is_json_where_that_is_asked_for,
);

/// The line of a request.
fn line(app: &App, request_id: &str) -> String {
    eventually(&format!("the line of {request_id}"), || {
        app.log().lines().find(|line| line.contains(&format!("request_id={request_id} "))).map(str::to_owned)
    })
}

fn a_line_names_user_address_and_route(app: &App) {
    let (user, id, part) = (app.user("viewer"), unique::name("request"), unique::part());
    let path = format!("{}?secret=hunter2", paths::item(&part));
    user.call("GET", &path).header("x-request-id", &id).send().expect(404, "not_found");
    let line = line(app, &id);
    for member in [
        "component=edit-sessions ",
        "ip=127.0.0.1 ",
        "method=GET ",
        "route=/api/items/{part_number} ",
        "status=404 ",
        "code=not_found ",
    ] {
        assert!(line.contains(member), "{member}: {line}");
    }
    assert!(line.contains(&format!("user={:?} ", user.user)), "{line}");
    assert!(!line.contains("hunter2") && !line.contains(&part), "{line}");
}

fn refusals_can_be_found_again(app: &App) {
    for (path, role, status, code) in
        [("/api/config", Some("viewer"), 403, "forbidden"), ("/api/workstations", None, 401, "unauthorized")]
    {
        let id = unique::name("request");
        let call = app.call("GET", path).header("x-request-id", &id);
        let user = role.map(|role| app.user(role));
        let call = match &user {
            Some(user) => call.bearer(&user.token),
            None => call.bearer("nonsense"),
        };
        call.send().expect(status, code);
        let line = line(app, &id);
        let user = user.map_or("user=- ".to_owned(), |user| format!("user={:?} ", user.user));
        for member in [&user, &format!("route={path} "), &format!("status={status} code={code} ")] {
            assert!(line.contains(member), "{member}: {line}");
        }
    }
}

fn downloads_and_exports_can_be_found_again(app: &App) {
    let (seat, admin) = (app.seat(), app.user("admin"));
    let session = seat.acquire(&unique::part());
    let kept = seat.call("POST", &paths::of_session(&session, "checkpoints")).body("a/b", b"bytes").send().ok(201);
    let id = unique::name("request");
    let content = format!("{}/content", paths::checkpoint(&kept));
    assert_eq!(seat.call("GET", &content).header("x-request-id", &id).send().status, 200);
    assert!(line(app, &id).contains(&format!("downloads={:?}", kept.text("id"))));
    let id = unique::name("request");
    let export = format!("/api/audit/export?format=csv&resource_id={}", kept.text("id"));
    assert_eq!(admin.call("GET", &export).header("x-request-id", &id).send().status, 200);
    assert!(line(app, &id).contains("exports=\"audit\""));
}

fn a_long_path_stays_out_of_the_log(app: &App) {
    let (long, id) = ("x".repeat(6_000), unique::name("request"));
    let response = app.call("GET", &format!("/{long}")).header("x-request-id", &id).send();
    assert!((400..500).contains(&response.status), "{response}");
    let line = line(app, &id);
    assert!(line.len() < 300 && line.contains("route=- "), "{line}");
}

fn nobody_says_for_the_peer_where_it_is(app: &App) {
    let (user, id) = (app.user("viewer"), unique::name("request"));
    let call = user.call("GET", "/api/workstations").header("x-request-id", &id);
    call.header("x-forwarded-for", "203.0.113.9")
        .header("spin-client-addr", "203.0.113.9:1")
        .header("x-baton-first-peer", "203.0.113.9:1")
        .send()
        .ok(200);
    assert!(line(app, &id).contains("ip=127.0.0.1 "));
}

fn a_trusted_proxy_says_who_is_behind_it(mode: Mode) {
    let app = Setup::new(mode).variable("trusted_proxies", "127.0.0.0/8, ::1").start();
    let (user, admin) = (app.user("viewer"), app.user("admin"));
    let body = json!({ "name": "desk", "fingerprint": unique::name("print") });
    for forwarded in ["203.0.113.9", "198.51.100.7, 203.0.113.9, 127.0.0.2"] {
        let call = user.call("POST", "/api/workstations").header("x-forwarded-for", forwarded);
        let id = call.json(&body).send().json().id();
        user.delete(&paths::workstation(&id)).ok(204);
        let entries = admin.pages(&format!("/api/audit?resource_id={id}"), "entries", 10);
        assert_eq!((&entries[0]["ip"], &entries[1]["ip"]), (&json!("203.0.113.9"), &json!("127.0.0.1")), "{entries:?}");
    }
}

fn what_is_no_address_is_an_operators_mistake(mode: Mode) {
    let app = Setup::new(mode).variable("trusted_proxies", "proxy.example").without_waiting().start();
    app.user("viewer").get("/api/workstations").expect(503, "misconfigured");
}

fn a_line_is_json_where_that_is_asked_for(mode: Mode) {
    let app = Setup::new(mode).variable("log_format", "json").start();
    let (user, id) = (app.user("viewer"), unique::name("request"));
    user.call("GET", &paths::item(&unique::part())).header("x-request-id", &id).send().expect(404, "not_found");
    let line = eventually(&format!("the line of {id}"), || {
        app.log().lines().find(|line| line.contains(&id)).and_then(|line| serde_json::from_str::<Value>(line).ok())
    });
    let expected = json!({ "request_id": id, "component": "edit-sessions", "ip": "127.0.0.1", "method": "GET",
        "route": "/api/items/{part_number}", "user": user.user, "status": 404, "code": "not_found", "ms": line["ms"] });
    assert_eq!(line, expected);
    assert!(line["ms"].is_u64(), "{line}");
}
