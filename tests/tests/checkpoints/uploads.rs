//! Bodies that are too large, break off, dawdle, or come too late. Nothing is left of them.

use std::time::Duration;

use baton_tests::{App, Json, Mode, Raw, Setup, eventually, on_own_app, on_shared_app, paths};

use crate::editing::{Editing, chunks, pattern};

on_shared_app!(
    a_slow_upload_is_waited_for,
    a_body_in_chunks_is_taken,
    a_session_that_ends_meanwhile_is_lost,
    a_refusal_comes_before_the_bytes,
    two_uploads_do_not_mix,
);
on_own_app!(a_byte_too_many_is_refused, what_breaks_off_leaves_nothing, what_was_given_up_is_swept_up);

const LIMIT: usize = 300_000;

fn chunked(bytes: &[u8]) -> Vec<u8> {
    let pieces = bytes.chunks(50_000).flat_map(|piece| {
        let head = format!("{:x}\r\n", piece.len()).into_bytes();
        [head, piece.to_vec(), b"\r\n".to_vec()].concat()
    });
    pieces.chain(*b"0\r\n\r\n").collect()
}

fn ways(editing: &Editing) -> [(&'static str, String); 2] {
    [("PUT", editing.draft()), ("POST", editing.keeping())]
}

fn a_slow_upload_is_waited_for(app: &App) {
    let editing = Editing::begin(app);
    let mut raw = editing.send_head(app, "POST", &editing.keeping(), &[("content-length", "100")]);
    raw.trickle(&pattern(100), Duration::from_millis(20));
    let (status, text) = raw.read();
    assert_eq!(status, 201, "{text}");
    assert_eq!(editing.bytes(&editing.listed()[0]), pattern(100));
}

fn a_body_in_chunks_is_taken(app: &App) {
    let editing = Editing::begin(app);
    for length in [0, 262_144, 600_001] {
        let headers = [("transfer-encoding", "chunked")];
        let raw = editing.send_head(app, "POST", &editing.keeping(), &headers);
        let (status, text) = raw.send_and_read(chunked(&pattern(length)));
        assert_eq!(status, 201, "{text}");
        assert!(editing.bytes(&editing.listed()[0]) == pattern(length), "{length} bytes");
    }
}

fn a_session_that_ends_meanwhile_is_lost(app: &App) {
    for number in 0..2 {
        let editing = Editing::begin(app);
        let (method, path) = &ways(&editing)[number];
        let bytes = pattern(600_000);
        let mut raw = editing.send_head(app, method, path, &[("content-length", "600000")]);
        raw.send(&bytes[..500_000]);
        editing.release(&editing.session);
        let (status, text) = raw.send_and_read(bytes[500_000..].to_vec());
        assert_eq!(status, 410, "{text}");
        assert!(text.contains("session_lost") && text.contains("released"), "{text}");
        assert_eq!(editing.listed().len(), 0);
    }
}

/// Who isn't allowed to, or declares too much, hears so without having sent anything.
fn a_refusal_comes_before_the_bytes(app: &App) {
    let (editing, stranger) = (Editing::begin(app), Editing::begin(app));
    for (method, path) in ways(&editing) {
        let (status, text) = stranger.send_head(app, method, &path, &[("content-length", "1000")]).read();
        assert_eq!(status, 403, "{text}");
        let headers = [("content-length", "67108865")];
        let (status, text) = editing.send_head(app, method, &path, &headers).read();
        assert_eq!(status, 413, "{text}");
        assert!(text.contains("payload_too_large"), "{text}");
    }
}

fn two_uploads_do_not_mix(app: &App) {
    let editing = Editing::begin(app);
    let (ones, twos) = (vec![1; 600_000], vec![2; 500_000]);
    let mut first = editing.send_head(app, "POST", &editing.keeping(), &[("content-length", "600000")]);
    first.send(&ones[..400_000]);
    let second = editing.keep(&twos);
    let (status, text) = first.send_and_read(ones[400_000..].to_vec());
    assert_eq!(status, 201, "{text}");
    let listed = editing.listed();
    assert_eq!(listed[1], second);
    assert!(editing.bytes(&listed[0]) == ones && editing.bytes(&listed[1]) == twos);
}

fn a_byte_too_many_is_refused(mode: Mode) {
    let app = Setup::new(mode).variable("checkpoint_max_bytes", &LIMIT.to_string()).start();
    let editing = Editing::begin(&app);
    let exactly = editing.keep(&pattern(LIMIT));
    assert!(editing.bytes(&exactly) == pattern(LIMIT));
    let standing = chunks(&app);
    for (method, path) in ways(&editing) {
        let too_much = pattern(LIMIT + 1);
        let length = too_much.len().to_string();
        let raw = editing.send_head(&app, method, &path, &[("content-length", &length)]);
        let (status, text) = raw.send_and_read(too_much.clone());
        assert_eq!(status, 413, "{text}");
        let raw = editing.send_head(&app, method, &path, &[("transfer-encoding", "chunked")]);
        let (status, text) = raw.send_and_read(chunked(&too_much));
        assert_eq!(status, 413, "{text}");
        assert!(text.contains("payload_too_large"), "{text}");
    }
    eventually("nothing is left of what was too large", || (chunks(&app) == standing).then_some(()));
    assert_eq!(editing.listed(), [exactly]);
    assert_eq!(editing.force_release(&app), None);
}

/// However far it came, and however it ended.
fn what_breaks_off_leaves_nothing(mode: Mode) {
    let app = App::start(mode);
    let editing = Editing::begin(&app);
    let bytes = pattern(600_000);
    for (method, path) in ways(&editing) {
        for length in [0, 1, 262_144, 599_999] {
            let declared = [("content-length", "600000")];
            let mut raw = editing.send_head(&app, method, &path, &declared);
            raw.send(&bytes[..length]);
            raw.end();
            refused(raw);
            let mut raw = editing.send_head(&app, method, &path, &[("transfer-encoding", "chunked")]);
            let whole = chunked(&bytes[..length]);
            raw.send(&whole[..whole.len() - 5]);
            raw.end();
            refused(raw);
            // The connection is gone altogether.
            let mut raw = editing.send_head(&app, method, &path, &declared);
            raw.send(&bytes[..length]);
            drop(raw);
        }
    }
    eventually("nothing is left of what broke off", || (chunks(&app) == 0).then_some(()));
    assert_eq!(editing.listed().len(), 0);
    assert_eq!(editing.force_release(&app), None);
}

/// A client that has stopped to send may also have stopped to listen.
fn refused(raw: Raw) {
    let (status, text) = raw.read();
    assert!(status == 0 || (status == 400 && text.contains("incomplete_body")), "{text}");
}

/// The server was killed in the middle: the next uploads tidy up, once an hour has passed.
fn what_was_given_up_is_swept_up(mode: Mode) {
    let app = App::start(mode);
    let editing = Editing::begin(&app);
    let mut raw = editing.send_head(&app, "PUT", &editing.draft(), &[("content-length", "600000")]);
    raw.send(&pattern(500_000));
    eventually("a chunk is there", || (chunks(&app) == 1).then_some(()));
    app.kill();
    app.start_again();
    let kept = editing.keep(b"abc");
    assert_eq!(chunks(&app), 2, "what may still be on its way stays");
    let aging = "UPDATE blobs SET created_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-61 minutes')";
    app.sql().execute(aging, &[]).expect("the rows are there");
    Editing::begin(&app).save(b"");
    assert_eq!(chunks(&app), 2, "the checkpoint's, and the empty one of the draft");
    assert_eq!(editing.get(&paths::checkpoint(&kept)).ok(200).int("size"), 3);
    assert_eq!(editing.bytes(&kept), b"abc");
}
