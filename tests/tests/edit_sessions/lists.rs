//! The list of everybody's sessions, its filters, and what a session says about itself.

use baton_tests::{App, Json, Mode, Seat, Setup, encode, eventually, on_own_app, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    everybody_lists_all_sessions,
    any_filter_is_about_everybodys,
    a_user_is_found_by_any_spelling,
    part_numbers_are_found_by_their_beginning,
    times_are_counted_back_from_now,
    filtered_lists_come_in_pages,
    filters_that_are_none_are_refused,
    a_note_is_shown_everywhere,
    a_note_stays_until_there_is_another_one,
    what_the_holder_does_counts_as_activity,
    a_session_may_last_for_weeks,
);

on_own_app!(a_session_is_stale_after_some_time, the_longest_session_is_a_setting);

fn listed(seat: &Seat, query: &str) -> Vec<Value> {
    seat.pages(&format!("/api/edit-sessions?{query}"), "edit_sessions", 1000)
}

/// The ids of those on one item that a query finds.
fn found(seat: &Seat, part: &str, query: &str) -> Vec<String> {
    listed(seat, &format!("part_number={part}&{query}")).iter().map(Json::id).collect()
}

fn everybody_lists_all_sessions(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let sessions = [alice.acquire(&unique::part()), bob.acquire(&unique::part())];
    let all = app.user("viewer").pages("/api/edit-sessions?all=true", "edit_sessions", 1000);
    all.iter().for_each(shape::session);
    assert!(sessions.iter().all(|session| all.contains(session)));
    assert_eq!(alice.pages("/api/edit-sessions?all=false", "edit_sessions", 1000), sessions[..1]);
}

fn any_filter_is_about_everybodys(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let session = alice.acquire(&part);
    for query in
        [format!("part_number={part}"), format!("user={}", encode(&alice.user)), "older_than_seconds=0".to_owned()]
    {
        assert!(listed(&bob, &query).contains(&session), "{query}");
        assert!(!listed(&bob, &format!("{query}&all=false")).contains(&session), "{query}, of his own");
    }
    assert_eq!(listed(&bob, &format!("user={}", encode(&bob.user))), Vec::<Value>::new());
}

fn a_user_is_found_by_any_spelling(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    assert_eq!(listed(&app.seat(), &format!("user={}", encode(&seat.user.to_uppercase()))), [session]);
}

fn part_numbers_are_found_by_their_beginning(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let parts = [part.clone(), format!("{part}-1"), format!("{part}-~"), format!("{part}.")];
    let sessions: Vec<Value> = parts.iter().map(|part| seat.acquire(part)).collect();
    assert_eq!(listed(&app.seat(), &format!("part_number={part}")), sessions[..1]);
    assert_eq!(listed(&app.seat(), &format!("part_number={part}*")), sessions);
    assert_eq!(listed(&app.seat(), &format!("part_number={part}-*")), sessions[1..3]);
    assert_eq!(listed(&app.seat(), &format!("part_number={part}-%2A")), sessions[1..3]);
    assert!(listed(&app.seat(), "part_number=*").contains(&sessions[0]));
    assert_eq!(listed(&app.seat(), &format!("part_number={part}x*")), Vec::<Value>::new());
}

fn times_are_counted_back_from_now(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    for name in ["older_than_seconds", "idle_for_seconds"] {
        assert_eq!(found(&seat, &part, &format!("{name}=0")), [session.id()]);
        assert_eq!(found(&seat, &part, &format!("{name}=3600")), Vec::<String>::new());
        assert_eq!(found(&seat, &part, &format!("{name}=4294967295")), Vec::<String>::new());
    }
    eventually("it is a second old", || (!found(&seat, &part, "older_than_seconds=1").is_empty()).then_some(()));
    assert_eq!(found(&seat, &part, "stale=true"), Vec::<String>::new());
    assert_eq!(found(&seat, &part, "stale=false"), [session.id()]);
    eventually("renewing makes it young again", || {
        seat.renew(&session).ok(200);
        found(&seat, &part, "idle_for_seconds=1").is_empty().then_some(())
    });
    assert_eq!(found(&seat, &part, "older_than_seconds=1"), [session.id()], "renewing makes it no younger");
}

fn filtered_lists_come_in_pages(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let sessions: Vec<Value> = (0..5).map(|number| seat.acquire(&format!("{part}-{number}"))).collect();
    let path = format!("/api/edit-sessions?part_number={part}*&older_than_seconds=0");
    for limit in [1, 2, 5] {
        assert_eq!(app.seat().pages(&path, "edit_sessions", limit), sessions, "pages of {limit}");
    }
}

fn filters_that_are_none_are_refused(app: &App) {
    let user = app.user("viewer");
    for query in [
        "part_number=",
        "part_number=F*1",
        "part_number=**",
        "part_number=%2Fx",
        "older_than_seconds=-1",
        "older_than_seconds=x",
        "idle_for_seconds=1.5",
        "idle_for_seconds=4294967296",
        "idle_for_seconds=",
        "stale=perhaps",
        "user=a&user=b",
    ] {
        user.get(&format!("/api/edit-sessions?{query}")).expect(400, "invalid_query");
    }
}

fn a_note_is_shown_everywhere(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire_with(&part, &json!({ "note": "new flange\nfor the pump" }));
    assert_eq!(session["note"], "new flange\nfor the pump");
    assert_eq!(seat.get(&paths::session(&session)).ok(200), session);
    assert_eq!(seat.active(&part), std::slice::from_ref(&session));
    assert_eq!(seat.get(&paths::item(&part)).ok(200)["edit_sessions"], json!([session]));
    assert_eq!(listed(&seat, &format!("part_number={part}")), [session]);
    assert_eq!(seat.acquire(&unique::part())["note"], Value::Null);
}

fn a_note_stays_until_there_is_another_one(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire_with(&part, &json!({ "note": "one" }));
    let renew = |body: Value| seat.post(&paths::of_session(&session, "renew"), &body).ok(200)["note"].clone();
    assert_eq!(seat.renew(&session).ok(200)["note"], "one");
    assert_eq!(renew(json!({ "ttl_seconds": 60 })), "one");
    assert_eq!(renew(json!({ "note": "two" })), "two");
    assert_eq!(seat.try_acquire(&part, &json!({})).ok(200)["note"], "two");
    assert_eq!(seat.try_acquire(&part, &json!({ "note": "three" })).ok(200)["note"], "three");
    assert_eq!(renew(json!({ "note": "" })), Value::Null);
    // It was said by its holder: who gets the session next says what it is for then.
    renew(json!({ "note": "mine" }));
    let other = app.seat();
    seat.accept(&other.ask_for_transfer(&session));
    assert_eq!(other.held(&part)["note"], Value::Null);
}

fn what_the_holder_does_counts_as_activity(app: &App) {
    let seat = app.seat();
    let session = seat.acquire(&unique::part());
    assert_eq!(session["active_at"], session["acquired_at"]);
    let active_at = || seat.get(&paths::session(&session)).ok(200).time("active_at");
    let moves_on = |what: &str, act: &dyn Fn()| {
        let before = active_at();
        eventually(what, || {
            act();
            (active_at() > before).then_some(())
        });
    };
    moves_on("a renewal", &|| drop(seat.renew(&session).ok(200)));
    let upload = |method: &str, action: &str, status: u16| {
        let path = paths::of_session(&session, action);
        seat.call(method, &path).body("model/step", b"bytes").send().ok(status);
    };
    moves_on("a draft", &|| upload("PUT", "draft", 204));
    moves_on("a checkpoint", &|| upload("POST", "checkpoints", 201));
    let before = active_at();
    app.seat().ask(&session);
    assert_eq!(active_at(), before, "others don't count");
}

fn a_session_may_last_for_weeks(app: &App) {
    let (seat, weeks) = (app.seat(), 30 * 24 * 3600);
    let session = seat.acquire_with(&unique::part(), &json!({ "ttl_seconds": weeks }));
    assert_eq!((session.time("expires_at") - session.time("acquired_at")).num_seconds(), weeks);
    let path = paths::of_session(&session, "renew");
    seat.post(&path, &json!({ "ttl_seconds": weeks + 1 })).invalid("ttl_seconds");
    let renewed = seat.post(&path, &json!({ "ttl_seconds": weeks })).ok(200);
    assert_eq!((renewed.time("expires_at") - renewed.time("renewed_at")).num_seconds(), weeks);
}

fn a_session_is_stale_after_some_time(mode: Mode) {
    // 1.8 s
    let app = Setup::new(mode).variable("session_stale_hours", "0.0005").start();
    let (seat, part) = (app.seat(), unique::part());
    let session = seat.acquire(&part);
    let is_stale = || found(&seat, &part, "stale=true") == [session.id()];
    eventually("nobody touches it", || is_stale().then_some(()));
    assert_eq!(found(&seat, &part, "stale=false"), Vec::<String>::new());
    eventually("it is renewed", || {
        seat.renew(&session).ok(200);
        (!is_stale()).then_some(())
    });
}

fn the_longest_session_is_a_setting(mode: Mode) {
    let app = Setup::new(mode).variable("session_ttl_max_hours", "1").start();
    let seat = app.seat();
    let session = seat.acquire_with(&unique::part(), &json!({ "ttl_seconds": 3600 }));
    seat.try_acquire(&unique::part(), &json!({ "ttl_seconds": 3601 })).invalid("ttl_seconds");
    seat.post(&paths::of_session(&session, "renew"), &json!({ "ttl_seconds": 3601 })).invalid("ttl_seconds");
}
