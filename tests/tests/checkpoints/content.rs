//! The bytes of a checkpoint: what is said of them, and how to ask for a part.

use baton_tests::{App, Call, Json, Response, on_shared_app};
use serde_json::Value;

use crate::editing::{Editing, pattern};

on_shared_app!(
    the_headers_say_what_it_is,
    the_content_type_is_kept,
    head_says_the_same_without_bytes,
    known_bytes_are_not_sent_again,
    a_range_is_sent,
    a_range_that_is_not_there_is_refused,
    other_ranges_are_passed_over,
    if_range_is_a_condition,
    nothing_has_no_ranges,
);

/// More than two chunks, and no whole number of them.
const SIZE: usize = 600_001;

/// SHA-256 of `abc`, in hexadecimal digits and in base64.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ABC_BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

fn etag(checkpoint: &Value) -> String {
    format!("\"{}\"", checkpoint.text("sha256"))
}

fn whole(call: Call<'_>) -> Response {
    let response = call.send();
    assert_eq!(response.status, 200, "{}", response.status);
    assert_eq!(response.header("content-range"), None);
    response
}

fn the_headers_say_what_it_is(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    let response = whole(editing.content("GET", &checkpoint));
    assert_eq!(response.body, b"abc");
    for (name, value) in [
        ("etag", format!("\"{ABC}\"")),
        ("digest", format!("sha-256={ABC_BASE64}")),
        ("content-length", "3".to_owned()),
        ("content-type", "application/octet-stream".to_owned()),
        ("accept-ranges", "bytes".to_owned()),
        // Nothing that a browser shows or runs.
        ("content-disposition", "attachment".to_owned()),
        ("content-security-policy", "default-src 'none'; sandbox".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ] {
        assert_eq!(response.header(name), Some(value.as_str()), "{name}");
    }
}

fn the_content_type_is_kept(app: &App) {
    let editing = Editing::begin(app);
    let longest = format!("a/{}", "b".repeat(198));
    let octets = "application/octet-stream";
    for (sent, expected) in [
        (Some("model/step; version=AP242"), "model/step; version=AP242"),
        (Some("application/json"), "application/json"),
        (Some(longest.as_str()), longest.as_str()),
        (Some(&*format!("{longest}b")), octets),
        (None, octets),
    ] {
        let headers: Vec<(&str, &str)> = sent.map(|sent| ("content-type", sent)).into_iter().collect();
        let headers = [headers.as_slice(), &[("content-length", "3")]].concat();
        let mut raw = editing.send_head(app, "POST", &editing.keeping(), &headers);
        raw.send(b"{{{");
        let (status, text) = raw.read();
        assert_eq!(status, 201, "{text}");
        let response = whole(editing.content("GET", &editing.listed()[0]));
        assert_eq!(response.header("content-type"), Some(expected));
    }
}

fn head_says_the_same_without_bytes(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(&pattern(SIZE));
    let get = whole(editing.content("GET", &checkpoint));
    // A range is for GET alone.
    let head = whole(editing.content("HEAD", &checkpoint).header("range", "bytes=0-1"));
    assert_eq!((get.body.len(), head.body.len()), (SIZE, 0));
    for name in ["etag", "digest", "content-length", "content-type", "accept-ranges"] {
        assert!(head.header(name).is_some(), "no {name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

fn known_bytes_are_not_sent_again(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"abc");
    let etag = etag(&checkpoint);
    for known in [etag.clone(), "*".to_owned(), format!("W/{etag}"), format!("\"x\", {etag}")] {
        for method in ["GET", "HEAD"] {
            let call = editing.content(method, &checkpoint).header("if-none-match", &known);
            let response = call.header("range", "bytes=0-0").send();
            assert_eq!((response.status, response.body.len()), (304, 0), "{response}");
            assert_eq!(response.header("etag"), Some(etag.as_str()));
        }
    }
    assert_eq!(whole(editing.content("GET", &checkpoint).header("if-none-match", "\"x\"")).body, b"abc");
}

fn a_range_is_sent(app: &App) {
    let editing = Editing::begin(app);
    let bytes = pattern(SIZE);
    let checkpoint = editing.keep(&bytes);
    let last = SIZE - 1;
    for (range, first, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=0-".to_owned(), 0, SIZE),
        (format!("bytes={last}-"), last, SIZE),
        (format!("bytes={last}-{}", SIZE + 5), last, SIZE),
        ("bytes=-10".to_owned(), SIZE - 10, SIZE),
        (format!("bytes=-{}", SIZE + 1), 0, SIZE),
        // Over the seams of chunks of 256 KiB.
        ("bytes=262143-262144".to_owned(), 262_143, 262_145),
        ("bytes=262144-524287".to_owned(), 262_144, 524_288),
        ("bytes=100000-599999".to_owned(), 100_000, 600_000),
    ] {
        let response = editing.content("GET", &checkpoint).header("range", &range).send();
        assert_eq!(response.status, 206, "{range}");
        assert!(response.body == bytes[first..end], "{range}: not these bytes");
        let content_range = format!("bytes {first}-{}/{SIZE}", end - 1);
        assert_eq!(response.header("content-range"), Some(content_range.as_str()));
        assert_eq!(response.header("content-length"), Some((end - first).to_string().as_str()));
        assert_eq!(response.header("etag"), Some(etag(&checkpoint).as_str()));
    }
}

fn a_range_that_is_not_there_is_refused(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"0123456789");
    for range in ["bytes=10-", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"] {
        let response = editing.content("GET", &checkpoint).header("range", range).send();
        response.expect(416, "range_not_satisfiable");
        assert_eq!(response.header("content-range"), Some("bytes */10"), "{range}");
    }
}

fn other_ranges_are_passed_over(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"0123456789");
    for range in ["bytes=0-1,3-4", "items=0-1", "bytes=5-3", "bytes=a-", "bytes", "bytes=-", "=0-1", "bytes=0-1-2"] {
        let response = whole(editing.content("GET", &checkpoint).header("range", range));
        assert_eq!(response.body, b"0123456789", "{range}");
    }
}

fn if_range_is_a_condition(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"0123456789");
    let etag = etag(&checkpoint);
    let ask = |validator: &str| {
        editing.content("GET", &checkpoint).header("range", "bytes=2-3").header("if-range", validator)
    };
    let response = ask(&etag).send();
    assert_eq!((response.status, response.body.as_slice()), (206, &b"23"[..]));
    for other in ["\"other\"", &format!("W/{etag}"), "Sat, 21 Nov 2026 00:00:00 GMT"] {
        assert_eq!(whole(ask(other)).body, b"0123456789", "{other}");
    }
}

fn nothing_has_no_ranges(app: &App) {
    let editing = Editing::begin(app);
    let checkpoint = editing.keep(b"");
    let response = whole(editing.content("GET", &checkpoint));
    assert_eq!((response.body.len(), response.header("content-length")), (0, Some("0")));
    let response = editing.content("GET", &checkpoint).header("range", "bytes=0-").send();
    response.expect(416, "range_not_satisfiable");
    assert_eq!(response.header("content-range"), Some("bytes */0"));
}
