//! The same events as a stream.

use std::time::{Duration, Instant};

use baton_tests::{App, Call, Frame, Json, Mode, Seat, Sse, encode, on_own_app, on_shared_app, unique};
use serde_json::Value;

on_shared_app!(
    a_stream_tells_what_a_poll_tells,
    a_stream_goes_on_after_the_last_event_id,
    the_last_event_id_goes_before_the_query,
    a_browser_may_send_its_token_in_the_query,
    a_quiet_stream_says_that_it_lives,
    a_quiet_stream_tells_where_to_go_on,
    a_stream_of_many_events_misses_none,
    a_stream_begins_with_what_is_there_page_by_page,
    a_stream_that_cant_begin_is_a_problem,
    an_expiry_reaches_a_stream,
);
on_own_app!(a_stream_goes_on_after_a_restart);

/// A call for the stream of this seat's events.
fn stream<'a>(seat: &'a Seat, after: Option<&str>) -> Call<'a> {
    let after = after.map(|cursor| format!("&after={}", encode(cursor))).unwrap_or_default();
    seat.call("GET", &format!("/api/events?workstation_id={}{after}", seat.workstation))
}

/// Acquires and releases a part this often: the ids of the sessions.
fn changes(editor: &Seat, part: &str, count: usize) -> Vec<String> {
    let change = |_| {
        let session = editor.acquire(part);
        editor.release(&session);
        session.id()
    };
    (0..count).map(change).collect()
}

fn a_stream_tells_what_a_poll_tells(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    let open = Sse::open(stream(&watcher, Some(&cursor)));
    changes(&editor, &part, 3);
    let streamed: Vec<Value> = (0..6).map(|_| open.event().1).collect();
    let polled = watcher.events(&watcher.workstation, Some(&cursor), 0).ok(200);
    assert_eq!(streamed, polled.list("events"));
}

fn a_stream_goes_on_after_the_last_event_id(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    changes(&editor, &part, 2);
    let first = Sse::open(stream(&watcher, Some(&cursor)));
    let (id, acquired) = first.event();
    assert_eq!(acquired["type"], "edit.session_acquired");
    drop(first);
    let second = Sse::open(stream(&watcher, None).header("last-event-id", &id));
    let rest: Vec<Value> = (0..3).map(|_| second.event().1).collect();
    let polled = watcher.events(&watcher.workstation, Some(&id), 0).ok(200);
    assert_eq!(rest, polled.list("events"));
    // A poll goes on where a stream has ended, and the other way round.
    let third = Sse::open(stream(&watcher, Some(rest[1].text("id"))));
    assert_eq!(third.event().1, rest[2]);
}

/// A browser reconnects to the URL that it was given, with the cursor of back then.
fn the_last_event_id_goes_before_the_query(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    changes(&editor, &part, 1);
    let (id, _) = Sse::open(stream(&watcher, Some(&cursor))).event();
    let again = Sse::open(stream(&watcher, Some(&cursor)).header("last-event-id", &id));
    assert_eq!(again.event().1["type"], "edit.session_released");
}

fn a_browser_may_send_its_token_in_the_query(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let after = encode(&watcher.cursor(&watcher.workstation));
    let (workstation, token) = (&watcher.workstation, &watcher.token);
    let path = format!("/api/events?workstation_id={workstation}&after={after}&access_token={token}");
    let open = Sse::open(watcher.anonymous("GET", &path));
    let sessions = changes(&editor, &part, 1);
    assert_eq!(open.event().1["data"]["session_id"], sessions[0].as_str());
}

/// The contract gives 15 s; the rest is for a busy machine.
fn a_quiet_stream_says_that_it_lives(app: &App) {
    let seat = app.seat();
    let open = Sse::open(stream(&seat, None));
    // The opening is a comment and a cursor, and so is what comes then.
    for _ in 0..2 {
        let begun = Instant::now();
        let frame = open.frame(Duration::from_secs(17));
        assert!(matches!(frame, Some(Frame::Comment)), "no comment after {:?}: {frame:?}", begun.elapsed());
        assert!(matches!(open.frame(Duration::from_secs(17)), Some(Frame::Cursor(_))));
    }
}

/// What happens between two connections of a client that has seen no event reaches it all the same.
fn a_quiet_stream_tells_where_to_go_on(app: &App) {
    let (watcher, other, editor, part) = (app.seat(), app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let open = Sse::open(stream(&watcher, None));
    let first = open.cursor();
    // Something that isn't for this workstation: the cursor goes on without it.
    other.watch(&unique::part());
    changes(&editor, &unique::part(), 1);
    let second = open.cursor();
    let number = |cursor: &str| cursor.parse::<i64>().expect("a cursor that the log gives");
    assert!(number(&second) > number(&first), "{first} and then {second}");
    drop(open);
    changes(&editor, &part, 1);
    let again = Sse::open(stream(&watcher, None).header("last-event-id", &second));
    assert_eq!(again.event().1["type"], "edit.session_acquired");
}

fn a_stream_of_many_events_misses_none(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let open = Sse::open(stream(&watcher, Some(&watcher.cursor(&watcher.workstation))));
    // More than the page of a poll.
    let sessions = changes(&editor, &part, 70);
    for session in sessions {
        for kind in ["edit.session_acquired", "edit.session_released"] {
            let (_, event) = open.event();
            assert_eq!(event["type"], kind);
            assert_eq!(event["data"]["session_id"], session.as_str());
        }
    }
}

/// What has happened before is more than one page, and nothing more happens.
fn a_stream_begins_with_what_is_there_page_by_page(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    changes(&editor, &part, 5);
    let path = format!("/api/events?workstation_id={}&after={}&limit=3", watcher.workstation, encode(&cursor));
    let open = Sse::open(watcher.call("GET", &path));
    let streamed: Vec<Value> = (0..10).map(|_| open.event().1).collect();
    let polled = watcher.events(&watcher.workstation, Some(&cursor), 0).ok(200);
    assert_eq!(streamed, polled.list("events"));
}

fn a_stream_that_cant_begin_is_a_problem(app: &App) {
    let (seat, other) = (app.seat(), app.seat());
    let accept = |call: Call<'_>| call.header("accept", "text/event-stream").send();
    accept(stream(&seat, Some("nonsense"))).expect(400, "invalid_cursor");
    accept(stream(&seat, None).header("last-event-id", "nonsense")).expect(400, "invalid_cursor");
    let foreign = format!("/api/events?workstation_id={}", seat.workstation);
    accept(other.call("GET", &foreign)).expect(403, "forbidden");
    accept(other.anonymous("GET", &foreign)).expect(401, "unauthorized");
}

fn an_expiry_reaches_a_stream(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let open = Sse::open(stream(&watcher, None));
    let session = editor.acquire_briefly(&part);
    let begun = Instant::now();
    // From now on: the acquisition may have been a moment too early for it.
    let mut event = open.event().1;
    if event["type"] == "edit.session_acquired" {
        event = open.event().1;
    }
    assert_eq!(event["type"], "edit.session_expired");
    assert_eq!(event["data"]["session_id"], session["id"]);
    assert!(begun.elapsed() < Duration::from_secs(3), "it took {:?}", begun.elapsed());
}

fn a_stream_goes_on_after_a_restart(mode: Mode) {
    let app = App::start(mode);
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let open = Sse::open(stream(&watcher, Some(&watcher.cursor(&watcher.workstation))));
    let before = changes(&editor, &part, 1);
    let (_, acquired) = open.event();
    assert_eq!(acquired["data"]["session_id"], before[0].as_str());
    app.kill();
    app.start_again();
    let after = changes(&editor, &part, 1);
    let again = Sse::open(stream(&watcher, None).header("last-event-id", acquired.text("id")));
    for session in [&before[0], &after[0], &after[0]] {
        assert_eq!(again.event().1["data"]["session_id"], session.as_str());
    }
}
