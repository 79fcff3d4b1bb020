//! Clients that send too much, hang up, or wait too often.

use std::sync::mpsc;
use std::time::Duration;

use baton_tests::{App, Mode, Setup, on_own_app, on_shared_app, unique};
use serde_json::json;

use crate::scene::{Agent, old};

on_shared_app!(a_megabyte_of_arguments_is_too_much, who_hangs_up_keeps_the_place);
on_own_app!(only_so_many_wait_at_once, with_the_module_off_there_is_nothing);

fn a_megabyte_of_arguments_is_too_much(app: &App) {
    let user = app.user("editor");
    let arguments = json!({ "paths": ["x".repeat(1 << 20)] });
    let body = old(&json!(1), "tools/call", &json!({ "name": "acquire", "arguments": arguments }));
    user.post("/mcp", &body).expect(413, "payload_too_large");
}

fn who_hangs_up_keeps_the_place(app: &App) {
    let (one, other, part) = (Agent::new(app, "one"), Agent::new(app, "other"), unique::part());
    one.uses("acquire", json!({ "paths": [part] }));
    other.fails("acquire", json!({ "paths": [part], "line": true }));
    let wait = old(&json!(1), "tools/call", &json!({ "name": "wait_for_turn", "arguments": { "agent": "other" } }));
    let text = wait.to_string();
    let host = app.url().trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        other.client.token,
        text.len()
    );
    for _ in 0..5 {
        let mut stream = std::net::TcpStream::connect(&host).expect("a connection");
        std::io::Write::write_all(&mut stream, format!("{head}{text}").as_bytes()).expect("it is sent");
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time-out");
        let read = std::io::Read::read(&mut stream, &mut [0; 1]);
        assert!(read.is_err(), "it answered at once: {read:?}");
    }
    one.uses("release", json!({ "paths": [part] }));
    let got = other.uses("wait_for_turn", json!({}));
    assert_eq!(got["turn"], true);
    assert!(app.is_running());
}

fn only_so_many_wait_at_once(mode: Mode) {
    let app = Setup::new(mode).variable("rate_limit_waiting", "1").start();
    let (one, other, part) = (app.seat(), Agent::new(&app, "other"), unique::part());
    let session = one.acquire(&part);
    other.fails("acquire", json!({ "paths": [part], "line": true }));
    let waits = || other.send("tools/call", json!({ "name": "wait_for_turn", "arguments": { "agent": "other" } }));
    let (sender, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for sender in [sender.clone(), sender] {
            let waits = &waits;
            scope.spawn(move || sender.send(waits()).expect("somebody waits for it"));
        }
        // One of them has the place, and the other is told at once.
        answers.recv().expect("an answer").expect(429, "rate_limited");
        one.release(&session);
        let answer = answers.recv().expect("an answer").ok(200);
        assert_eq!(answer["result"]["structuredContent"]["turn"], true);
    });
}

fn with_the_module_off_there_is_nothing(mode: Mode) {
    let app = Setup::new(mode).variable("sessions_enabled", "false").start();
    let user = app.user("editor");
    user.post("/mcp", &old(&json!(1), "ping", &json!({}))).expect(404, "module_disabled");
    assert!(user.get("/healthz").ok(200)["status"].is_string());
}
