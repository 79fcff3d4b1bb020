//! What the variables change.

use baton_tests::{App, Json, Mode, Setup, on_own_app, on_spin, paths, skipped, unique};
use serde_json::json;

on_own_app!(
    a_disabled_module_is_not_found,
    the_session_timeout_is_the_default_of_sessions,
    settings_that_are_none_are_refused,
);

fn a_disabled_module_is_not_found(mode: Mode) {
    let app = Setup::new(mode).variable("sessions_enabled", "false").start();
    for path in ["/healthz", "/readyz"] {
        app.call("GET", path).send().ok(200);
    }
    let admin = app.user("admin");
    let part = unique::part();
    let session = format!("{}/{}", paths::sessions(&part), unique::uuid());
    let workstation = paths::workstation(&unique::uuid());
    let calls = [
        ("GET", "/api/workstations".to_owned()),
        ("POST", "/api/workstations".to_owned()),
        ("GET", workstation.clone()),
        ("DELETE", workstation.clone()),
        ("POST", format!("{workstation}/heartbeat")),
        ("PUT", format!("{workstation}/subscriptions/{part}")),
        ("GET", paths::item(&part)),
        ("POST", paths::sessions(&part)),
        ("GET", "/api/edit-sessions".to_owned()),
        ("GET", session.clone()),
        ("POST", format!("{session}/renew")),
        ("POST", format!("{session}/request-handoff")),
        ("GET", format!("{session}/handoff-requests")),
        ("GET", "/api/handoff-requests".to_owned()),
        ("POST", format!("/api/handoff-requests/{}/accept", unique::uuid())),
        ("GET", format!("/api/events?workstation_id={}", unique::uuid())),
        ("GET", "/api/openapi.json".to_owned()),
        ("GET", "/api/config".to_owned()),
    ];
    for (method, path) in calls {
        admin.call(method, &path).send().expect(404, "module_disabled");
        // With a body and without a token as well: there is nothing here to be allowed to do.
        let body = json!({ "workstation_id": unique::uuid() });
        app.call(method, &path).json(&body).send().expect(404, "module_disabled");
    }
}

fn the_session_timeout_is_the_default_of_sessions(mode: Mode) {
    let app = Setup::new(mode).variable("session_timeout_minutes", "2").start();
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    let lasts = session.time("expires_at") - session.time("acquired_at");
    assert_eq!(lasts.num_seconds(), 120);
    bob.stand_in_line(&session);
    alice.release(&session);
    let granted = bob.held(&part);
    let lasts = granted.time("expires_at") - granted.time("acquired_at");
    assert_eq!(lasts.num_seconds(), 120, "{granted}");
    let settings = app.user("admin").get("/api/config").ok(200).to_string();
    assert!(settings.contains("session_timeout_minutes"), "{settings}");
}

/// An operator who mistypes a setting learns of it, instead of running with another one.
fn settings_that_are_none_are_refused(mode: Mode) {
    for (name, value) in [("session_timeout_minutes", "soon"), ("sessions_enabled", "perhaps")] {
        let started = Setup::new(mode).variable(name, value).without_waiting().try_start();
        let complaint = match started {
            Err(refusal) => refusal,
            Ok(app) => {
                let user = app.user("editor");
                let body = json!({ "workstation_id": unique::uuid() });
                let response = user.post(&paths::sessions(&unique::part()), &body);
                assert_eq!(response.status, 503, "{name}={value} is taken: {response}");
                format!("{response}\n{}", app.log())
            }
        };
        assert!(complaint.contains(name), "{name}={value} is refused without its name: {complaint}");
    }
}

/// With a password in its URL, as an operator would have it.
#[test]
fn redis_may_ask_for_a_password() {
    let app = Setup::new(Mode::Redis).redis_password("hunter2hunter2").start();
    let (watcher, part) = (app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    let poll = watcher.poll(&watcher.workstation, Some(&cursor), 30);
    app.seat().acquire(&part);
    let (response, took) = poll.answer();
    baton_tests::at_once(took, "news with a password on Redis");
    assert_eq!(response.ok(200).list("events").len(), 1);
    let settings = app.user("admin").get("/api/config");
    assert!(!settings.ok(200).to_string().contains("hunter2"), "the settings show Redis' password: {settings}");
    assert!(!app.log().contains("hunter2"), "the log shows Redis' password:\n{}", app.log());
}

/// `--variable` of a name that the manifest doesn't have.
#[test]
fn an_unknown_variable_does_not_go_unnoticed() {
    if on_spin() {
        return skipped("unknown variables", "this is about the runner");
    }
    match Setup::new(Mode::Embedded).variable("sesion_timeout_minutes", "5").try_start() {
        Err(refusal) => assert!(refusal.contains("sesion_timeout_minutes"), "{refusal}"),
        Ok(app) => check_mentioned(&app),
    }
}

fn check_mentioned(app: &App) {
    assert!(app.log().contains("sesion_timeout_minutes"), "not a word of it:\n{}", app.log());
}
