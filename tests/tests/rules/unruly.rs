//! Clients that are slow, stall or vanish, and what the others notice of it: nothing.

use std::time::{Duration, Instant};

use baton_tests::{App, Client, Json, Mode, Raw, at_once, encode, on_own_app, on_shared_app, unique};
use serde_json::json;

on_shared_app!(
    a_slow_body_is_waited_for,
    a_body_cut_short_changes_nothing,
    a_vanished_poll_harms_nobody,
    one_connection_serves_many_requests,
);
on_own_app!(stalled_and_waiting_clients_hold_up_nobody);

struct Registration {
    body: String,
    fingerprint: String,
}

impl Registration {
    fn new() -> Self {
        let fingerprint = unique::name("print");
        Self { body: json!({ "name": "desk", "fingerprint": fingerprint }).to_string(), fingerprint }
    }

    /// Sends the head of the registration.
    fn begin(&self, app: &App, client: &Client) -> Raw {
        let mut raw = Raw::connect(app);
        let (token, length) = (format!("Bearer {}", client.token), self.body.len().to_string());
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
        ];
        assert!(raw.head("POST", "/api/workstations", &headers));
        raw
    }
}

fn a_slow_body_is_waited_for(app: &App) {
    let user = app.user("viewer");
    let registration = Registration::new();
    let mut raw = registration.begin(app, &user);
    raw.trickle(registration.body.as_bytes(), Duration::from_millis(10));
    let (status, text) = raw.read();
    assert_eq!(status, 201, "{text}");
    let registered = user.pages("/api/workstations", "workstations", 10);
    assert_eq!(registered[0]["fingerprint"], registration.fingerprint);
}

fn a_body_cut_short_changes_nothing(app: &App) {
    let user = app.user("viewer");
    for length in [0, 1, 20] {
        let registration = Registration::new();
        let mut raw = registration.begin(app, &user);
        raw.send(&registration.body.as_bytes()[..length]);
        raw.end();
        let (status, text) = raw.read();
        assert!(status == 0 || (400..500).contains(&status), "{text}");
    }
    assert_eq!(user.pages("/api/workstations", "workstations", 10).len(), 0);
    user.workstation();
}

fn a_vanished_poll_harms_nobody(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.watch(&part);
    let mut inbox = seat.inbox();
    for _ in 0..20 {
        let mut raw = Raw::connect(app);
        let path = format!("/api/events?workstation_id={}&after={}", seat.workstation, encode(&inbox.cursor));
        raw.head("GET", &path, &[("authorization", &format!("Bearer {}", seat.token))]);
        drop(raw);
    }
    let editor = app.seat();
    let session = editor.acquire(&part);
    let event = inbox.expect("edit.session_acquired", &["session_id"]);
    assert_eq!(event["data"]["session_id"], session["id"]);
    inbox.expect_nothing_more();
}

fn one_connection_serves_many_requests(app: &App) {
    let mut raw = Raw::connect(app);
    // An answer with an error leaves the connection usable for the next request.
    for path in ["/healthz", "/api/nothing", "/api/workstations", "/readyz"] {
        raw.send(format!("GET {path} HTTP/1.1\r\nhost: baton\r\n\r\n").as_bytes());
    }
    raw.head("GET", "/healthz", &[]);
    let (_, text) = raw.read();
    let statuses: Vec<&str> = text.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "404", "401", "200", "200"], "{text}");
}

/// More of them than an instance serves at once.
fn stalled_and_waiting_clients_hold_up_nobody(mode: Mode) {
    let app = App::start(mode);
    let (seat, part) = (app.seat(), unique::part());
    seat.watch(&part);
    let cursor = seat.cursor(&seat.workstation);
    let registration = Registration::new();
    let stalled: Vec<Raw> = (0..40)
        .map(|_| {
            let mut raw = registration.begin(&app, &seat);
            raw.send(b"{");
            raw
        })
        .collect();
    let polls: Vec<_> = (0..40).map(|_| seat.poll(&seat.workstation, Some(&cursor), 60)).collect();
    let begun = Instant::now();
    let editor = app.seat();
    let session = editor.acquire(&part);
    editor.renew(&session).ok(200);
    at_once(begun.elapsed(), "a normal request beside forty stalled ones");
    for poll in polls {
        let (response, took) = poll.answer();
        assert_eq!(response.ok(200).list("events")[0]["data"]["session_id"], session["id"]);
        at_once(took, "a poll beside forty stalled clients");
    }
    drop(stalled);
    assert_eq!(seat.pages("/api/workstations", "workstations", 10).len(), 1);
}
