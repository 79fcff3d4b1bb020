//! Bodies as bytes: their size, their type, and whether they are JSON.

use baton_tests::{App, Client, Json, Raw, on_shared_app, paths, unique};
use serde_json::{Value, json};

on_shared_app!(
    json_of_64_kib_is_taken,
    json_of_a_byte_more_is_too_large,
    a_megabyte_is_too_large,
    a_megabyte_in_chunks_is_too_large,
    other_content_types_are_unsupported,
    json_with_a_charset_is_taken,
    malformed_json_is_refused,
    json_that_is_no_object_is_invalid,
    deeply_nested_json_is_refused,
    a_duplicated_slash_or_length_does_no_harm,
);

const LIMIT: usize = 64 * 1024;

/// A good registration, padded with white space to this length.
fn padded(length: usize) -> String {
    let body = json!({ "name": "desk", "fingerprint": unique::name("print") }).to_string();
    let padding = " ".repeat(length - body.len());
    format!("{body}{padding}")
}

fn register(client: &Client, content_type: &str, body: impl Into<Vec<u8>>) -> baton_tests::Response {
    client.call("POST", "/api/workstations").body(content_type, body).send()
}

fn json_of_64_kib_is_taken(app: &App) {
    register(&app.user("viewer"), "application/json", padded(LIMIT)).ok(201);
}

fn json_of_a_byte_more_is_too_large(app: &App) {
    let seat = app.seat();
    let part = unique::part();
    register(&seat, "application/json", padded(LIMIT + 1)).expect(413, "payload_too_large");
    let (session, owner) = (seat.acquire(&part), app.seat());
    for path in [paths::sessions(&part), paths::of_session(&session, "verify")] {
        let body = padded(LIMIT + 1);
        owner.call("POST", &path).body("application/json", body).send().expect(413, "payload_too_large");
    }
    let path = paths::of_session(&session, "request-handoff");
    let body = json!({ "message": "m".repeat(LIMIT) });
    owner.post(&path, &body).expect(413, "payload_too_large");
    assert!(seat.get("/api/workstations").ok(200).list("workstations").len() == 1, "refused, and yet registered");
}

/// The server may answer before it has read it all, so this client listens while it sends.
fn a_megabyte_is_too_large(app: &App) {
    let mut raw = Raw::connect(app);
    let token = format!("Bearer {}", app.user("viewer").token);
    let body = padded(1 << 20);
    let length = body.len().to_string();
    let headers =
        [("authorization", token.as_str()), ("content-type", "application/json"), ("content-length", length.as_str())];
    raw.head("POST", "/api/workstations", &headers);
    let (status, text) = raw.send_and_read(body.into_bytes());
    assert_eq!(status, 413, "{text}");
    assert!(text.contains("payload_too_large"), "{text}");
}

fn a_megabyte_in_chunks_is_too_large(app: &App) {
    let mut raw = Raw::connect(app);
    let token = format!("Bearer {}", app.user("viewer").token);
    let headers =
        [("authorization", token.as_str()), ("content-type", "application/json"), ("transfer-encoding", "chunked")];
    raw.head("POST", "/api/workstations", &headers);
    let mut body: Vec<u8> = Vec::new();
    for chunk in padded(1 << 20).as_bytes().chunks(8192) {
        body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        body.extend_from_slice(chunk);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"0\r\n\r\n");
    let (status, text) = raw.send_and_read(body);
    assert_eq!(status, 413, "{text}");
}

fn other_content_types_are_unsupported(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    let calls = [
        ("/api/workstations".to_owned(), json!({ "name": "desk", "fingerprint": unique::name("print") })),
        (paths::sessions(&unique::part()), json!({ "workstation_id": seat.workstation })),
        (paths::of_session(&session, "verify"), json!({ "fence": 1 })),
        (paths::of_session(&session, "request-handoff"), json!({ "message": "May I?" })),
    ];
    for (path, body) in calls {
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
            let call = seat.call("POST", &path).body(content_type, body.to_string());
            call.send().expect(415, "unsupported_media_type");
        }
    }
}

fn json_with_a_charset_is_taken(app: &App) {
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let body = json!({ "name": "desk", "fingerprint": unique::name("print") });
        register(&app.user("viewer"), content_type, body.to_string()).ok(201);
    }
}

fn malformed_json_is_refused(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    let bad: [&[u8]; 8] =
        [b"{", b"{\"name\": }", b"{'name': 'x'}", b"\xff\xfe", b"{} {}", b"nonsense", b"{\"a\":\"\xc3\x28\"}", b"\0"];
    let paths = [
        "/api/workstations".to_owned(),
        paths::sessions(&unique::part()),
        paths::of_session(&session, "verify"),
        paths::of_session(&session, "request-handoff"),
    ];
    for path in paths {
        for body in bad {
            let call = seat.call("POST", &path).body("application/json", body);
            call.send().expect(400, "invalid_json");
        }
    }
}

fn json_that_is_no_object_is_invalid(app: &App) {
    let user = app.user("viewer");
    for body in [json!([]), json!("text"), json!(5), Value::Null, json!(true)] {
        user.post("/api/workstations", &body).expect(422, "invalid");
    }
}

fn deeply_nested_json_is_refused(app: &App) {
    let nested = "[".repeat(30_000) + &"]".repeat(30_000);
    let body = format!("{{\"name\": {nested}, \"fingerprint\": \"x\"}}");
    register(&app.user("viewer"), "application/json", body).expect_one_of(&[400, 422]);
    app.user("viewer").workstation();
}

fn a_duplicated_slash_or_length_does_no_harm(app: &App) {
    let token = format!("Bearer {}", app.user("viewer").token);
    let oddities: [(&str, &[(&str, &str)]); 3] = [
        ("//api//workstations", &[]),
        ("/api/workstations", &[("content-length", "0"), ("content-length", "5")]),
        ("/api/workstations", &[("content-length", "x")]),
    ];
    for (path, headers) in oddities {
        let mut raw = Raw::connect(app);
        let mut all = vec![("authorization", token.as_str())];
        all.extend_from_slice(headers);
        raw.head("GET", path, &all);
        let (status, text) = raw.read();
        assert!((400..500).contains(&status) || status == 200, "{text}");
    }
}
