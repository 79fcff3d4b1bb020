//! The long poll and its cursor.

use std::time::{Duration, Instant};

use baton_tests::{App, Json, at_once, encode, eventually, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_poll_answers_as_soon_as_there_is_an_event,
    a_poll_without_news_answers_after_its_wait,
    a_poll_without_a_cursor_is_from_now_on,
    a_waiting_poll_without_a_cursor_hears_what_comes,
    a_cursor_goes_on_where_it_stands,
    the_id_of_an_event_is_a_cursor,
    a_limit_is_kept_and_nothing_lost,
    two_polls_of_one_workstation_both_answer,
    many_polls_are_woken_by_one_change,
    a_ping_pong_misses_nothing,
    a_bad_query_is_refused,
    a_bad_cursor_is_refused,
    a_workstation_is_its_owners,
);

fn a_poll_answers_as_soon_as_there_is_an_event(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    let poll = watcher.poll(&watcher.workstation, Some(&cursor), 30);
    let session = editor.acquire(&part);
    let (response, took) = poll.answer();
    at_once(took, "the news of an acquisition");
    let answer = response.ok(200);
    assert_eq!(answer.list("events").len(), 1, "{answer}");
    let event = &answer["events"][0];
    shape::event(event, &["session_id", "user", "workstation_id", "object_id", "fence"]);
    assert_eq!(event["type"], "edit.session_acquired");
    assert_eq!(event["part_number"], part);
    assert_eq!(event["item_id"], session["item_id"]);
    let data = &event["data"];
    assert_eq!(data["session_id"], session["id"]);
    for same in ["user", "workstation_id", "object_id", "fence"] {
        assert_eq!(data[same], session[same], "{same}");
    }
    // And at once when it is there already.
    let (response, took) = watcher.poll(&watcher.workstation, Some(&cursor), 30).answer();
    at_once(took, "news that are there");
    // (The cursor may be a later one: others have gone on meanwhile.)
    assert_eq!(response.ok(200)["events"], answer["events"]);
}

fn a_poll_without_news_answers_after_its_wait(app: &App) {
    let seat = app.seat();
    let cursor = seat.cursor(&seat.workstation);
    for wait in [0, 2] {
        let (response, took) = seat.poll(&seat.workstation, Some(&cursor), wait).answer();
        let answer = response.ok(200);
        assert_eq!(answer["events"], json!([]));
        assert!(answer["cursor"].is_string(), "{answer}");
        assert!(took >= Duration::from_secs(wait.into()), "after {took:?} of {wait} s");
        at_once(took.saturating_sub(Duration::from_secs(wait.into())), "the answer after the wait");
    }
}

fn a_poll_without_a_cursor_is_from_now_on(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    seat.watch(&part);
    let session = seat.acquire(&part);
    let answer = seat.events(&seat.workstation, None, 0).ok(200);
    assert_eq!(answer["events"], json!([]), "what was before is not from now on");
    seat.release(&session);
    let answer = seat.events(&seat.workstation, Some(answer.text("cursor")), 0).ok(200);
    assert_eq!(answer.list("events").len(), 1, "{answer}");
    assert_eq!(answer["events"][0]["type"], "edit.session_released");
}

fn a_waiting_poll_without_a_cursor_hears_what_comes(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let poll = watcher.poll(&watcher.workstation, None, 30);
    // When exactly "now" was can't be seen from here, so changes come until one is heard.
    let (response, took) = eventually("a poll from now on hears a change", || {
        editor.release(&editor.acquire(&part));
        poll.try_answer()
    });
    at_once(took, "the first change from now on");
    assert!(!response.ok(200).list("events").is_empty(), "{response}");
}

fn a_cursor_goes_on_where_it_stands(app: &App) {
    let (watcher, editor, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let sessions: Vec<Value> = (0..6)
        .map(|_| {
            let session = editor.acquire(&part);
            editor.release(&session);
            session
        })
        .collect();
    for session in &sessions {
        for kind in ["edit.session_acquired", "edit.session_released"] {
            assert_eq!(inbox.expect(kind, &[])["data"]["session_id"], session["id"]);
        }
    }
    inbox.expect_nothing_more();
    let times: Vec<_> = inbox.heard.iter().map(|event| event.time("time")).collect();
    assert!(times.is_sorted(), "{times:?}");
    // The cursor of an answer without events is good for ever, too.
    let quiet = inbox.cursor.clone();
    editor.acquire(&part);
    let answer = watcher.events(&watcher.workstation, Some(&quiet), 0).ok(200);
    assert_eq!(answer.list("events").len(), 1, "{answer}");
}

fn the_id_of_an_event_is_a_cursor(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let cursor = seat.cursor(&seat.workstation);
    for _ in 0..3 {
        let session = seat.acquire(&part);
        seat.release(&session);
    }
    let answer = seat.events(&seat.workstation, Some(&cursor), 0).ok(200);
    let events = answer.list("events");
    assert_eq!(events.len(), 6, "{answer}");
    for (number, event) in events.iter().enumerate() {
        let rest = seat.events(&seat.workstation, Some(event.text("id")), 0).ok(200);
        assert_eq!(rest.list("events"), &events[number + 1..]);
    }
}

fn a_limit_is_kept_and_nothing_lost(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let mut cursor = seat.cursor(&seat.workstation);
    let begun = cursor.clone();
    for _ in 0..4 {
        let session = seat.acquire(&part);
        seat.release(&session);
    }
    let all = seat.events(&seat.workstation, Some(&begun), 0).ok(200);
    assert_eq!(all.list("events").len(), 8, "{all}");
    let mut gathered = Vec::new();
    while gathered.len() < 8 {
        let after = encode(&cursor);
        let path = format!("/api/events?workstation_id={}&wait=5&limit=3&after={after}", seat.workstation);
        let answer = seat.get(&path).ok(200);
        let events = answer.list("events");
        assert!((1..=3).contains(&events.len()), "{answer}");
        gathered.extend_from_slice(events);
        answer.text("cursor").clone_into(&mut cursor);
    }
    assert_eq!(gathered, all.list("events"));
}

fn two_polls_of_one_workstation_both_answer(app: &App) {
    let (watcher, part) = (app.seat(), unique::part());
    watcher.watch(&part);
    let cursor = watcher.cursor(&watcher.workstation);
    let polls = [0, 1].map(|_| watcher.poll(&watcher.workstation, Some(&cursor), 30));
    let session = app.seat().acquire(&part);
    for poll in polls {
        let (response, took) = poll.answer();
        at_once(took, "one of two polls");
        assert_eq!(response.ok(200)["events"][0]["data"]["session_id"], session["id"]);
    }
}

fn many_polls_are_woken_by_one_change(app: &App) {
    let part = unique::part();
    let watchers: Vec<_> = (0..40).map(|_| app.seat()).collect();
    watchers.iter().for_each(|watcher| watcher.watch(&part));
    let polls: Vec<_> = watchers
        .iter()
        .map(|watcher| {
            let cursor = watcher.cursor(&watcher.workstation);
            watcher.poll(&watcher.workstation, Some(&cursor), 30)
        })
        .collect();
    let begun = Instant::now();
    let session = app.seat().acquire(&part);
    for poll in polls {
        let (response, _) = poll.answer();
        assert_eq!(response.ok(200)["events"][0]["data"]["session_id"], session["id"]);
    }
    at_once(begun.elapsed(), "the news for forty watchers");
}

/// Each waits for the other's change: a wake-up that gets lost shows as a poll that sits out its wait.
fn a_ping_pong_misses_nothing(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let (mut watching, mut acting) = (&alice, &bob);
    alice.watch(&part);
    bob.watch(&part);
    for _ in 0..15 {
        let cursor = watching.cursor(&watching.workstation);
        let poll = watching.poll(&watching.workstation, Some(&cursor), 30);
        let session = acting.acquire(&part);
        let (response, took) = poll.answer();
        at_once(took, "the answer of a ping-pong");
        assert_eq!(response.ok(200)["events"][0]["data"]["session_id"], session["id"]);
        acting.release(&session);
        (watching, acting) = (acting, watching);
    }
}

fn a_bad_query_is_refused(app: &App) {
    let seat = app.seat();
    let own = format!("/api/events?workstation_id={}", seat.workstation);
    for query in ["wait=61", "wait=-1", "wait=x", "wait=1.5", "wait=", "limit=0", "limit=1001", "limit=x"] {
        seat.get(&format!("{own}&{query}")).expect(400, "invalid_query");
    }
    seat.get(&format!("{own}&wait=0&limit=1000")).ok(200);
    seat.get("/api/events").expect(400, "invalid_query");
    seat.get("/api/events?wait=0").expect(400, "invalid_query");
    seat.get("/api/events?workstation_id=nonsense&wait=0").expect_one_of(&[400, 404]);
}

fn a_bad_cursor_is_refused(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let cursor = seat.cursor(&seat.workstation);
    seat.acquire(&part);
    // One that was never issued: the same with all its digits at their highest.
    let nowhere: String = cursor.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let nowhere = format!("9{nowhere}");
    let bad = ["nonsense", "", "-1", "%", "0x10", "1e3", "' OR '1'='1", "99999999999999999999999999", &nowhere];
    for after in bad {
        seat.events(&seat.workstation, Some(after), 0).expect(400, "invalid_cursor");
        // At once, also when it would wait.
        seat.events(&seat.workstation, Some(after), 30).expect(400, "invalid_cursor");
    }
}

fn a_workstation_is_its_owners(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    bob.events(&alice.workstation, None, 0).expect(403, "forbidden");
    app.user("admin").events(&alice.workstation, None, 0).expect(403, "forbidden");
    alice.events(&unique::uuid(), None, 0).expect_one_of(&[403, 404]);
    alice.delete(&paths::workstation(&alice.workstation)).ok(204);
}
