//! What a client can't do to the server, and what the server itself says to it.

use std::fs;

use baton_tests::{App, Mode, Raw, Setup, on_spin, skipped};

macro_rules! of_the_runner {
    ($what:literal) => {
        if on_spin() {
            return skipped($what, "this is about the runner");
        }
    };
}

/// An answer that the server gives without asking a component: a problem document that names its request.
fn check_problem((status, answer): &(u16, String), expected: u16, code: &str) {
    assert_eq!(*status, expected, "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    assert!(head.contains("x-request-id: "), "{answer}");
    let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {answer}"));
    assert_eq!(problem["status"], expected, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    for member in ["type", "title", "detail"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}: {problem}");
    }
}

#[test]
fn what_the_runner_says_itself_is_a_problem_document() {
    of_the_runner!("answers of the runner itself");
    let app = App::start(Mode::Embedded);
    let answer = |bytes: &[u8]| {
        let mut raw = Raw::connect(&app);
        raw.send(bytes);
        raw.read()
    };
    check_problem(&answer(b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"), 400, "bad_request");
    check_problem(&answer(b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n"), 400, "bad_request");
    check_problem(&answer(b"what is this\r\n\r\n"), 400, "bad_request");
    let named = b"GET /.well-known/spin/x HTTP/1.1\r\nhost: a\r\nx-request-id: mine-7\r\nconnection: close\r\n\r\n";
    let answered = answer(named);
    check_problem(&answered, 404, "not_found");
    assert!(answered.1.to_ascii_lowercase().contains("x-request-id: mine-7\r\n"), "{}", answered.1);
    let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n\r\n", "a".repeat(100_000));
    check_problem(&Raw::connect(&app).send_and_read(large.into_bytes()), 431, "head_too_large");
}

#[test]
fn one_address_cannot_take_all_connections() {
    of_the_runner!("bounds on connections");
    let app = Setup::new(Mode::Embedded).argument("--max-connections-per-address", "3").start();
    let busy: Vec<_> = (0..3).map(|_| Raw::connect(&app)).collect();
    let ask = || {
        let mut raw = Raw::connect(&app);
        raw.head("GET", "/healthz", &[]);
        raw.read()
    };
    // The clients of the start may still hold theirs: those that have a place keep it.
    baton_tests::eventually("there is no place left", || (ask().0 == 503).then_some(()));
    check_problem(&ask(), 503, "unavailable");
    drop(busy);
    baton_tests::eventually("there is a place again", || (ask().0 == 200).then_some(()));
}

#[test]
fn a_long_path_does_not_fill_the_log() {
    of_the_runner!("the logs of the runner");
    let app = App::start(Mode::Embedded);
    for _ in 0..20 {
        let mut raw = Raw::connect(&app);
        raw.head("GET", &format!("/api/{}", "a".repeat(60_000)), &[]);
        assert_eq!(raw.read().0, 404);
    }
    let logs = fs::read_dir(app.state().join("logs")).expect("the logs").flatten();
    let bytes: u64 = logs.map(|log| log.metadata().map_or(0, |metadata| metadata.len())).sum();
    assert!(bytes < 20 * 4_000, "twenty requests have left {bytes} bytes of logs");
}

#[test]
fn who_listens_to_the_world_is_warned() {
    of_the_runner!("a warning");
    let app = Setup::new(Mode::Embedded).argument("--listen", "0.0.0.0:0").start();
    assert!(app.log().contains("TLS"), "no warning:\n{}", app.log());
    let app = App::start(Mode::Embedded);
    assert!(!app.log().contains("TLS"), "a warning without a reason:\n{}", app.log());
}
