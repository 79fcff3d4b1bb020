//! "Many parts at once" of the contract: batches.

use std::collections::BTreeMap;
use std::thread;

use baton_tests::{App, Json, Response, Seat, encode, meanwhile, on_shared_app, paths, shape, unique};
use serde_json::{Value, json};

on_shared_app!(
    a_batch_is_taken_as_a_whole,
    what_is_held_keeps_all_of_a_batch,
    a_batch_may_be_taken_in_part,
    a_part_named_twice_counts_once_and_what_is_held_is_renewed,
    those_in_line_come_before_a_batch,
    a_batch_has_bounds,
    a_batch_is_for_ones_own_workstation,
    a_quota_is_for_the_batch_as_a_whole,
    a_watcher_hears_of_a_batch_in_one_answer,
    several_are_released_at_once,
    a_workstation_releases_all_that_it_holds,
    a_release_has_bounds,
    overlapping_batches_have_all_or_nothing,
);

const BATCH: &str = "/api/edit-sessions/batch";
const RELEASE: &str = "/api/edit-sessions/release";

fn parts(count: usize) -> Vec<String> {
    let part = unique::part();
    (0..count).map(|number| format!("{part}-{number}")).collect()
}

fn try_batch(seat: &Seat, parts: &[String], more: &Value) -> Response {
    let mut body = json!({ "workstation_id": seat.workstation, "part_numbers": parts });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("members").clone());
    seat.post(BATCH, &body)
}

/// The sessions of a batch that is free.
fn batch(seat: &Seat, parts: &[String]) -> Vec<Value> {
    let taken = try_batch(seat, parts, &json!({})).ok(201);
    taken.list("edit_sessions").iter().for_each(shape::session);
    taken.list("edit_sessions").to_vec()
}

fn numbers(sessions: &[Value]) -> Vec<String> {
    sessions.iter().map(|session| session.text("part_number").to_owned()).collect()
}

fn ids(sessions: &[Value]) -> Vec<String> {
    sessions.iter().map(Json::id).collect()
}

fn a_batch_is_taken_as_a_whole(app: &App) {
    let (seat, parts) = (app.seat(), parts(20));
    let taken = try_batch(&seat, &parts, &json!({ "ttl_seconds": 77, "note": "the pump" })).ok(201);
    let sessions = taken.list("edit_sessions");
    assert_eq!(numbers(sessions), parts);
    for session in sessions {
        shape::session(session);
        assert_eq!((&session["note"], &session["object_id"]), (&json!("the pump"), &Value::Null));
        assert_eq!((session.time("expires_at") - session.time("acquired_at")).num_seconds(), 77);
        assert_eq!(seat.held(session.text("part_number")), *session);
    }
}

fn what_is_held_keeps_all_of_a_batch(app: &App) {
    let (alice, bob, parts) = (app.seat(), app.seat(), parts(5));
    let one = alice.acquire_with(&parts[1], &json!({ "object_id": "Body" }));
    let two = alice.acquire(&parts[3]);
    let refused = try_batch(&bob, &parts, &json!({})).expect(409, "held");
    let holders = refused.list("holders");
    assert_eq!(holders.len(), 2, "{refused}");
    for (holder, session) in holders.iter().zip([one, two]) {
        assert_eq!(holder["part_number"], session["part_number"]);
        shape::holder(&holder["holder"]);
        assert_eq!(holder["holder"]["session_id"], session["id"]);
    }
    assert_eq!(bob.pages("/api/edit-sessions", "edit_sessions", 10), Vec::<Value>::new());
    bob.get(&paths::item(&parts[0])).expect(404, "not_found");
}

fn a_batch_may_be_taken_in_part(app: &App) {
    let (alice, bob, parts) = (app.seat(), app.seat(), parts(3));
    let held = alice.acquire(&parts[1]);
    let taken = try_batch(&bob, &parts, &json!({ "atomic": false })).ok(200);
    assert_eq!(numbers(taken.list("edit_sessions")), [parts[0].clone(), parts[2].clone()]);
    let refused = taken.list("refused");
    assert_eq!(refused.len(), 1, "{taken}");
    assert_eq!((&refused[0]["part_number"], &refused[0]["code"]), (&json!(parts[1]), &json!("held")));
    assert_eq!(refused[0]["holder"]["session_id"], held["id"]);
    let all = try_batch(&bob, &parts[..1], &json!({ "atomic": false })).ok(200);
    assert_eq!(all["refused"], json!([]));
}

fn a_part_named_twice_counts_once_and_what_is_held_is_renewed(app: &App) {
    let (seat, parts) = (app.seat(), parts(2));
    let held = seat.acquire_with(&parts[0], &json!({ "note": "why" }));
    let doubled = [&parts[..], &parts[..]].concat();
    let sessions = batch(&seat, &doubled);
    assert_eq!(numbers(&sessions), parts);
    assert_eq!((&sessions[0]["id"], &sessions[0]["note"]), (&held["id"], &held["note"]));
    assert!(sessions[0].time("renewed_at") >= held.time("renewed_at"));
    assert_eq!(ids(&batch(&seat, &parts)), ids(&sessions));
}

fn those_in_line_come_before_a_batch(app: &App) {
    let (alice, bob, carol, parts) = (app.seat(), app.seat(), app.seat(), parts(2));
    let object = alice.acquire_with(&parts[0], &json!({ "object_id": "Body" }));
    let request = bob.stand_in_line(&object);
    let refused = try_batch(&alice, &parts, &json!({})).expect(409, "in_line");
    let firsts = refused.list("firsts");
    assert_eq!(firsts.len(), 1, "{refused}");
    assert_eq!((&firsts[0]["part_number"], &firsts[0]["first"]["request_id"]), (&json!(parts[0]), &request["id"]));
    let taken = try_batch(&alice, &parts, &json!({ "atomic": false })).ok(200);
    assert_eq!(taken.list("refused")[0]["code"], "in_line");
    try_batch(&carol, &parts, &json!({})).expect(409, "held");
}

fn a_batch_has_bounds(app: &App) {
    let seat = app.seat();
    try_batch(&seat, &[], &json!({})).invalid("part_numbers");
    try_batch(&seat, &parts(1_001), &json!({})).invalid("part_numbers");
    try_batch(&seat, &["F01".to_owned(), "no part".to_owned()], &json!({})).invalid("part_numbers[1]");
    try_batch(&seat, &parts(1), &json!({ "atomic": "yes" })).invalid("atomic");
    try_batch(&seat, &parts(1), &json!({ "ttl_seconds": 0 })).invalid("ttl_seconds");
    try_batch(&seat, &parts(1), &json!({ "note": "x".repeat(501) })).invalid("note");
    try_batch(&seat, &parts(1), &json!({ "padding": "x".repeat(256 * 1024) })).expect(413, "payload_too_large");
    // As many as there may be, and as long.
    let long: Vec<_> = parts(1_000).iter().map(|part| format!("{part:x<128}")).collect();
    assert_eq!(batch(&seat, &long).len(), 1_000);
    let released = seat.post(RELEASE, &json!({ "workstation_id": seat.workstation })).ok(200);
    assert_eq!(released.list("released").len(), 1_000);
}

fn a_batch_is_for_ones_own_workstation(app: &App) {
    let (alice, bob, parts) = (app.seat(), app.seat(), parts(1));
    let body = |workstation: &str| json!({ "workstation_id": workstation, "part_numbers": parts });
    bob.post(BATCH, &body(&alice.workstation)).expect(403, "forbidden");
    bob.post(BATCH, &body(&unique::uuid())).invalid("workstation_id");
    bob.as_role("viewer").post(BATCH, &body(&bob.workstation)).expect(403, "forbidden");
    bob.get(&paths::item(&parts[0])).expect(404, "not_found");
}

fn a_quota_is_for_the_batch_as_a_whole(app: &App) {
    let (seat, count) = (app.seat(), 40);
    let used = || {
        let quotas = seat.get("/api/quotas").ok(200);
        let quota = quotas.list("quotas").iter().find(|one| one["quota"] == "sessions").cloned();
        quota.expect("a quota of sessions").int("used")
    };
    batch(&seat, &parts(count));
    assert_eq!(used(), 40);
}

fn a_watcher_hears_of_a_batch_in_one_answer(app: &App) {
    let (seat, watcher, parts) = (app.seat(), app.seat(), parts(200));
    let beginning = parts[0].strip_suffix('0').expect("the first one");
    watcher.put(&paths::subscription(&watcher.workstation, &encode(&format!("{beginning}*")))).ok(201);
    let cursor = watcher.cursor(&watcher.workstation);
    let path = format!("/api/events?workstation_id={}&after={cursor}&wait=30&limit=1000", watcher.workstation);
    let news = thread::scope(|scope| {
        let poll = scope.spawn(|| watcher.get(&path).ok(200));
        batch(&seat, &parts);
        poll.join().expect("an answer")
    });
    let told: Vec<_> = news.list("events").iter().map(|event| event.text("part_number").to_owned()).collect();
    assert_eq!(told, parts);
    assert!(news.list("events").iter().all(|event| event["type"] == "edit.session_acquired"));
}

fn several_are_released_at_once(app: &App) {
    let (alice, bob, parts) = (app.seat(), app.seat(), parts(4));
    let sessions = batch(&alice, &parts);
    let somebody_elses = bob.acquire(&unique::part());
    let given = json!({ "workstation_id": bob.workstation });
    alice.post(&paths::of_session(&sessions[3], "give"), &given).ok(200);
    bob.stand_in_line(&sessions[1]);
    let nothing = unique::uuid();
    let named = [ids(&sessions), vec![somebody_elses.id(), nothing.clone(), sessions[0].id()]].concat();
    let released = alice.post(RELEASE, &json!({ "session_ids": named })).ok(200);
    assert_eq!(released["released"], json!(ids(&sessions[..3])));
    let refused = json!([
        { "session_id": sessions[3]["id"], "code": "session_lost" },
        { "session_id": somebody_elses["id"], "code": "forbidden" },
        { "session_id": nothing, "code": "not_found" },
    ]);
    assert_eq!(released["refused"], refused);
    assert_eq!(alice.pages("/api/edit-sessions", "edit_sessions", 10), Vec::<Value>::new());
    bob.held(&parts[1]);
    // Once more: they are released.
    let again = alice.post(RELEASE, &json!({ "session_ids": [sessions[0]["id"]] })).ok(200);
    assert_eq!(again, json!({ "released": [sessions[0]["id"]], "refused": [] }));
}

fn a_workstation_releases_all_that_it_holds(app: &App) {
    let (seat, parts) = (app.seat(), parts(10));
    let mut sessions = ids(&batch(&seat, &parts));
    sessions.push(seat.acquire_with(&parts[0], &json!({ "object_id": "Body" })).id());
    let body = json!({ "workstation_id": seat.workstation });
    app.seat().post(RELEASE, &body).expect(403, "forbidden");
    let released = seat.post(RELEASE, &body).ok(200);
    assert_eq!(released, json!({ "released": sessions, "refused": [] }));
    assert_eq!(seat.post(RELEASE, &body).ok(200), json!({ "released": [], "refused": [] }));
}

fn a_release_has_bounds(app: &App) {
    let seat = app.seat();
    let id = unique::uuid();
    for neither in [json!({}), json!({ "session_ids": [id], "workstation_id": seat.workstation })] {
        seat.post(RELEASE, &neither).invalid("session_ids");
    }
    seat.post(RELEASE, &json!({ "session_ids": [] })).invalid("session_ids");
    let many: Vec<_> = (0..1_001).map(|_| unique::uuid()).collect();
    seat.post(RELEASE, &json!({ "session_ids": many })).invalid("session_ids");
    seat.post(RELEASE, &json!({ "session_ids": [id, "no uuid"] })).invalid("session_ids[1]");
    seat.post(RELEASE, &json!({ "workstation_id": unique::uuid() })).invalid("workstation_id");
}

/// Eight clients want fifty parts each, over and over, of the same hundred and twenty.
fn overlapping_batches_have_all_or_nothing(app: &App) {
    const WANTED: usize = 50;
    let (all, seats): (_, Vec<_>) = (parts(120), (0..8).map(|_| app.seat()).collect());
    let watcher = app.seat();
    let beginning = all[0].strip_suffix('0').expect("the first one").to_owned();
    let path = format!("/api/edit-sessions?part_number={beginning}*&limit=1000");
    let look = || {
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for session in watcher.get(&path).ok(200).list("edit_sessions") {
            *held.entry(session.text("workstation_id").to_owned()).or_default() += 1;
        }
        assert!(held.values().all(|count| *count == WANTED), "half a batch: {held:?}");
    };
    meanwhile(vec![look], || {
        thread::scope(|scope| {
            for (number, seat) in seats.iter().enumerate() {
                let all = &all;
                scope.spawn(move || (0..3).for_each(|round| hold_once(seat, all, number * 13 + round * 7, WANTED)));
            }
        });
    });
}

/// Takes every so many of the parts from a place on, as soon as they are to be had, and gives them back.
fn hold_once(seat: &Seat, all: &[String], from: usize, count: usize) {
    let wanted: Vec<_> = (0..count).map(|number| all[(from + number * 7) % all.len()].clone()).collect();
    let sessions = baton_tests::eventually("a turn for everybody", || {
        let answer = try_batch(seat, &wanted, &json!({}));
        if answer.status == 201 {
            return Some(answer.ok(201).list("edit_sessions").to_vec());
        }
        assert!(!answer.expect(409, "held").list("holders").is_empty());
        None
    });
    assert_eq!(sessions.len(), count);
    seat.verify(&sessions[count - 1], sessions[count - 1].int("fence")).ok(200);
    let released = seat.post(RELEASE, &json!({ "session_ids": ids(&sessions) })).ok(200);
    assert_eq!(released, json!({ "released": ids(&sessions), "refused": [] }));
}
