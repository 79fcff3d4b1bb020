//! "Health and description" of the contract.

use baton_tests::{App, on_shared_app, token};
use serde_json::Value;

on_shared_app!(
    it_is_healthy_and_ready,
    the_description_is_of_openapi_3_1,
    the_description_names_every_route,
    the_settings_are_for_admins,
    the_settings_are_those_in_force,
);

/// Method and path of every route in force, with its parameters named as in the contract.
const ROUTES: [(&str, &str); 32] = [
    ("post", "/api/workstations"),
    ("get", "/api/workstations"),
    ("get", "/api/workstations/{id}"),
    ("delete", "/api/workstations/{id}"),
    ("post", "/api/workstations/{id}/heartbeat"),
    ("get", "/api/workstations/{id}/subscriptions"),
    ("put", "/api/workstations/{id}/subscriptions/{part_number}"),
    ("delete", "/api/workstations/{id}/subscriptions/{part_number}"),
    ("get", "/api/items/{part_number}"),
    ("post", "/api/items/{part_number}/edit-sessions"),
    ("get", "/api/items/{part_number}/edit-sessions"),
    ("get", "/api/items/{part_number}/edit-sessions/{session_id}"),
    ("delete", "/api/items/{part_number}/edit-sessions/{session_id}"),
    ("post", "/api/items/{part_number}/edit-sessions/{session_id}/renew"),
    ("post", "/api/items/{part_number}/edit-sessions/{session_id}/verify"),
    ("post", "/api/items/{part_number}/edit-sessions/{session_id}/request-handoff"),
    ("get", "/api/items/{part_number}/edit-sessions/{session_id}/handoff-requests"),
    ("get", "/api/edit-sessions"),
    ("get", "/api/handoff-requests"),
    ("get", "/api/lines"),
    ("post", "/api/handoff-requests/{id}/accept"),
    ("post", "/api/handoff-requests/{id}/decline"),
    ("delete", "/api/handoff-requests/{id}"),
    ("get", "/api/keys"),
    ("post", "/api/keys"),
    ("post", "/api/keys/{id}/rotate"),
    ("delete", "/api/keys/{id}"),
    ("get", "/api/quotas"),
    ("get", "/api/events"),
    ("get", "/api/config"),
    ("get", "/healthz"),
    ("get", "/readyz"),
];

fn it_is_healthy_and_ready(app: &App) {
    for path in ["/healthz", "/readyz"] {
        let response = app.call("GET", path).send();
        assert_eq!(response.status, 200, "{response}");
        // Whoever asks with a token, even a bad one, is told as well.
        let response = app.call("GET", path).bearer("nonsense").send();
        assert_eq!(response.status, 200, "{response}");
    }
}

fn description(app: &App) -> Value {
    app.call("GET", "/api/openapi.json").send().ok(200)
}

fn the_description_is_of_openapi_3_1(app: &App) {
    let description = description(app);
    let version = description["openapi"].as_str().unwrap_or_default();
    assert!(version.starts_with("3.1."), "openapi {version:?}");
    for member in ["title", "version"] {
        assert!(description["info"][member].is_string(), "no info.{member}");
    }
}

/// `{anything}` in a path, so that only its shape counts.
fn without_names(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

fn the_description_names_every_route(app: &App) {
    let description = description(app);
    let paths = description["paths"].as_object().expect("paths");
    for (method, path) in ROUTES {
        let described = paths.iter().find(|(described, _)| without_names(described) == without_names(path));
        let (_, methods) = described.unwrap_or_else(|| panic!("the description lacks {path}"));
        let operation = &methods[method];
        assert!(operation.is_object(), "the description lacks {method} {path}");
        let responses = operation["responses"].as_object();
        assert!(responses.is_some_and(|r| !r.is_empty()), "{method} {path} answers nothing");
    }
}

fn the_settings_are_for_admins(app: &App) {
    app.user("admin").get("/api/config").ok(200);
    for role in ["editor", "viewer"] {
        app.user(role).get("/api/config").expect(403, "forbidden");
    }
    app.call("GET", "/api/config").send().expect(401, "unauthorized");
}

fn the_settings_are_those_in_force(app: &App) {
    let response = app.user("admin").get("/api/config");
    let settings = response.ok(200);
    let text = settings.to_string();
    assert!(!text.contains(token::SECRET), "the settings show the secret");
    for (name, value) in [
        ("sessions_enabled", "true"),
        ("session_timeout_minutes", "15"),
        ("session_ttl_max_hours", "720"),
        ("session_stale_hours", "24.0"),
        ("checkpoint_ttl_hours", "168"),
        ("checkpoint_max_per_item", "5"),
        ("checkpoint_max_bytes", "67108864"),
        ("force_release_requires_approval", "false"),
        ("force_release_workflow", "session-override"),
        ("approval_allow_self_sign", "false"),
        ("event_retention_hours", "168"),
        ("auth_max_hours", "0"),
        ("trusted_proxies", ""),
        ("log_format", "text"),
        ("webhook_hosts", ""),
        ("webhook_outbound", "*://*:*"),
        ("rate_limit_changes_per_minute", "6000"),
        ("rate_limit_waiting", "200"),
        ("quota_workstations", "50"),
        ("quota_subscriptions", "5000"),
        ("quota_sessions", "10000"),
        ("quota_requests", "500"),
        ("quota_reservations", "10000"),
        ("quota_checkpoint_bytes", "10737418240"),
    ] {
        let shown = &settings[name];
        let shown = shown.as_str().map_or_else(|| shown.to_string(), str::to_owned);
        assert_eq!(shown, value, "{name} in {settings}");
    }
}
