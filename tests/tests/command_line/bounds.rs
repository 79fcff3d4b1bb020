//! What a client can't do to the server, and what the server itself says to it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use baton_tests::{App, Json, Mode, Raw, Setup, on_spin, skipped, unique};
use rusqlite::Connection;
use serde_json::{Value, json};

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

/// A request in HTTP/2 whose head has a field of this many bytes (RFC 9113, section 6.2; RFC 7541, section 6.2.2).
fn in_http_2(field: usize) -> Vec<u8> {
    let mut head = b"\x82\x86\x84\x01\x05baton\x00\x07x-large\x7f".to_vec();
    let mut rest = field - 127;
    while rest >= 128 {
        head.push(u8::try_from(rest % 128 + 128).expect("a byte"));
        rest /= 128;
    }
    head.push(u8::try_from(rest).expect("a byte"));
    head.resize(head.len() + field, b'a');
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let count = head.chunks(16_384).len();
    for (index, part) in head.chunks(16_384).enumerate() {
        // HEADERS, then CONTINUATION; END_STREAM at the beginning, END_HEADERS at the end.
        let (kind, begins) = if index == 0 { (1, 1) } else { (9, 0) };
        let ends = if index + 1 == count { 4 } else { 0 };
        let length = u32::try_from(part.len()).expect("a frame").to_be_bytes();
        request.extend([length[1], length[2], length[3], kind, begins | ends, 0, 0, 0, 1]);
        request.extend(part);
    }
    request
}

#[test]
fn a_head_that_is_too_large_is_answered_in_http_2_too() {
    of_the_runner!("answers of the runner itself");
    let app = App::start(Mode::Embedded);
    let address = app.url().strip_prefix("http://").expect("plain HTTP").to_owned();
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a TCP socket");
    stream.write_all(&in_http_2(100_000)).expect("the server listens");
    let (mut read, mut part) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&read).contains("head_too_large") {
        let count = stream.read(&mut part).expect("an answer");
        assert!(count > 0, "no answer in {:?}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&part[..count]);
    }
}

/// The audit log is so long that a page of it takes more memory than an instance has.
#[test]
fn a_component_that_fails_costs_its_own_requests_alone() {
    of_the_runner!("bounds of instances");
    let app = Setup::new(Mode::Embedded).argument("--max-instance-memory", "8388608").start();
    let (seat, admin) = (app.seat(), app.user("admin"));
    admin.get("/api/audit?limit=1").ok(200);
    let database = Connection::open(app.state().join("sqlite_db.db")).expect("the state file of Spin");
    database.busy_timeout(Duration::from_secs(20)).expect("SQLite waits");
    let entries = "INSERT INTO audit (time, actor, action, resource_type, resource_id, details, hash)
                   WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 400)
                   SELECT (SELECT now FROM clock), 'system', 'test', 'test', value,
                          json_object('large', printf('%.*c', 60000, 'x')), 'sealed' FROM numbers";
    database.execute(entries, []).expect("entries can be written");
    let poll = seat.poll(&seat.workstation, None, 60);
    for id in ["one", "two"] {
        let call = admin.call("GET", "/api/audit?action=test&limit=400").header("x-request-id", id);
        let (head, mut body) = call.open().expect("an answer").into_parts();
        let problem: Value = serde_json::from_str(&body.read_to_string().expect("a body")).expect("a document");
        assert_eq!((head.status.as_u16(), &problem["status"]), (500, &json!(500)), "{problem}");
        assert_eq!(problem["code"], "internal_error");
        assert_eq!(head.headers["content-type"], "application/problem+json");
        assert_eq!(head.headers["x-request-id"], id);
    }
    admin.get("/api/audit?limit=1").ok(200);
    let part = unique::part();
    seat.watch(&part);
    seat.acquire(&part);
    assert_eq!(poll.answer().0.ok(200).list("events").len(), 1, "who waited goes on waiting");
}

#[test]
fn one_address_cannot_take_all_connections() {
    of_the_runner!("bounds on connections");
    let app = Setup::new(Mode::Embedded).argument("--max-connections-per-address", "3").start();
    let ask = || {
        let mut raw = Raw::connect(&app);
        raw.head("GET", "/healthz", &[]);
        raw.read()
    };
    // Whoever asked whether it had started may hold a place for a while, and one that finds none doesn't get it later: so another one
    // comes as long as there is a place.
    let mut busy = Vec::new();
    let refused = baton_tests::eventually("there is no place left", || {
        busy.push(Raw::connect(&app));
        Some(ask()).filter(|answer| answer.0 == 503)
    });
    check_problem(&refused, 503, "unavailable");
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
