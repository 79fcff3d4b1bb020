//! "Inbox" of the contract.

use baton_tests::{App, Client, Json, Mode, Seat, Setup, eventually, on_own_app, on_shared_app, unique};
use serde_json::{Value, json};

on_shared_app!(
    what_is_asked_of_somebody_comes_wherever_they_sit,
    what_only_watchers_hear_does_not_come,
    what_is_marked_is_read,
    all_up_to_an_entry_is_read_and_nothing_to_come,
    entries_of_others_stay_unread,
    pressing_entries_are_told_apart,
    what_is_muted_does_not_come_and_is_heard,
    the_rules_of_lists_hold,
    bad_input_changes_nothing,
);
on_own_app!(an_entry_goes_with_its_event);

fn entries(user: &Client) -> Vec<Value> {
    user.pages("/api/inbox", "entries", 1000)
}

fn unread(user: &Client) -> u64 {
    user.get("/api/inbox/count").ok(200)["unread"].as_u64().expect("a count")
}

fn read(user: &Client, body: &Value) -> u64 {
    user.post("/api/inbox/read", body).ok(200)["unread"].as_u64().expect("a count")
}

/// Somebody of whom so many parts have been asked.
fn asked_of(app: &App, count: usize) -> (Seat, Seat) {
    let (holder, other) = (app.seat(), app.seat());
    for _ in 0..count {
        other.ask(&holder.acquire(&unique::part()));
    }
    (holder, other)
}

fn what_is_asked_of_somebody_comes_wherever_they_sit(app: &App) {
    let (holder, other) = (app.seat(), app.seat());
    let second_desk = Seat::new(holder.as_role("editor"));
    let session = holder.acquire(&unique::part());
    let request = other.ask(&session);
    for user in [&holder, &second_desk] {
        let all = entries(user);
        assert_eq!(all.len(), 1, "{all:?}");
        let entry = &all[0];
        assert_eq!(entry["type"], "edit.handoff_requested");
        assert_eq!((&entry["part_number"], &entry["item_id"]), (&session["part_number"], &session["item_id"]));
        assert_eq!(entry["data"]["request_id"], request["id"]);
        assert_eq!((&entry["priority"], &entry["read_at"]), (&json!("high"), &Value::Null));
        assert_eq!(unread(user), 1);
    }
    let heard = holder.events(&holder.workstation, Some("0"), 0).ok(200);
    let event = heard.list("events").iter().find(|event| event["type"] == "edit.handoff_requested");
    assert_eq!(event.expect("the holder hears it too")["id"], entries(&holder)[0]["id"]);
    assert_eq!(entries(&other), Vec::<Value>::new());
    // Both desks are told of the answer, as the request named none: it is one entry.
    _ = other.workstation();
    holder.decline(&request);
    let answered = entries(&other);
    assert_eq!(answered.len(), 1, "{answered:?}");
    assert_eq!((&answered[0]["type"], &answered[0]["priority"]), (&json!("edit.handoff_declined"), &json!("normal")));
}

fn what_only_watchers_hear_does_not_come(app: &App) {
    let (watcher, other, part) = (app.seat(), app.seat(), unique::part());
    watcher.watch(&part);
    let mut inbox = watcher.inbox();
    let session = other.acquire(&part);
    other.release(&session);
    inbox.expect_all(&["edit.session_acquired", "edit.session_released"]);
    assert_eq!(entries(&watcher), Vec::<Value>::new());
    assert_eq!(entries(&other), Vec::<Value>::new());
}

fn what_is_marked_is_read(app: &App) {
    let (holder, _) = asked_of(app, 3);
    let all = entries(&holder);
    assert_eq!(read(&holder, &json!({ "ids": [all[1]["id"]] })), 2);
    assert_eq!(read(&holder, &json!({ "ids": [all[1]["id"], "999999999999"] })), 2, "again, and one that is none");
    let left = holder.get("/api/inbox?unread=true").ok(200);
    assert_eq!(left["entries"], json!([all[0], all[2]]));
    let seen = holder.get("/api/inbox?unread=false").ok(200);
    assert_eq!(seen["entries"][0]["id"], all[1]["id"]);
    assert!(baton_tests::shape::is_time(&seen["entries"][0]["read_at"]), "{seen}");
}

fn all_up_to_an_entry_is_read_and_nothing_to_come(app: &App) {
    let (holder, other) = asked_of(app, 3);
    let all = entries(&holder);
    assert_eq!(read(&holder, &json!({ "through": all[1]["id"] })), 1, "the newest one is left");
    assert_eq!(read(&holder, &json!({ "through": all[2]["id"] })), 1, "an earlier mark takes nothing back");
    let first = entries(&holder)[2].clone();
    assert_eq!(read(&holder, &json!({ "through": "999999999999999999" })), 0);
    assert_eq!(entries(&holder)[2]["read_at"], first["read_at"], "it was read then");
    other.ask(&holder.acquire(&unique::part()));
    assert_eq!(unread(&holder), 1, "what comes after the mark is new");
}

fn entries_of_others_stay_unread(app: &App) {
    let (holder, other) = asked_of(app, 1);
    let id = entries(&holder)[0]["id"].clone();
    assert_eq!(read(&other, &json!({ "ids": [id] })), 0);
    assert_eq!(read(&other, &json!({ "through": id })), 0);
    assert_eq!(unread(&holder), 1);
}

fn pressing_entries_are_told_apart(app: &App) {
    let (holder, other, admin) = (app.seat(), app.seat(), app.user("admin"));
    let session = holder.acquire(&unique::part());
    let request = other.ask(&session);
    other.delete(&baton_tests::paths::request(&request)).ok(204);
    let path = baton_tests::paths::of_session(&session, "force-release");
    admin.call("DELETE", &path).json(&json!({ "reason": "line stands" })).send().ok(200);
    let types = |priority: &str| -> Vec<Value> {
        let found = holder.get(&format!("/api/inbox?priority={priority}")).ok(200);
        found.list("entries").iter().map(|entry| entry["type"].clone()).collect()
    };
    assert_eq!(types("high"), ["edit.force_released", "edit.handoff_requested"]);
    assert_eq!(types("normal"), ["edit.handoff_cancelled"]);
    holder.get("/api/inbox?priority=urgent").expect(400, "invalid_query");
}

fn what_is_muted_does_not_come_and_is_heard(app: &App) {
    let (holder, other) = (app.seat(), app.seat());
    assert_eq!(holder.get("/api/preferences").ok(200), json!({ "muted": [] }));
    let set = |muted: Value| holder.call("PUT", "/api/preferences").json(&json!({ "muted": muted })).send().ok(200);
    assert_eq!(set(json!(["edit.handoff_*", "edit.handoff_*"])), json!({ "muted": ["edit.handoff_*"] }));
    assert_eq!(holder.get("/api/preferences").ok(200), json!({ "muted": ["edit.handoff_*"] }));
    let mut inbox = holder.inbox();
    let session = holder.acquire(&unique::part());
    other.ask(&session);
    inbox.expect_all(&["edit.session_acquired", "edit.handoff_requested"]);
    assert_eq!((entries(&holder), unread(&holder)), (Vec::new(), 0));
    set(json!([]));
    assert_eq!((entries(&holder).len(), unread(&holder)), (1, 1), "it was only not shown");
}

fn the_rules_of_lists_hold(app: &App) {
    let (holder, _) = asked_of(app, 5);
    let all = entries(&holder);
    let ids: Vec<u64> = all.iter().map(|entry| entry.text("id").parse().expect("a number")).collect();
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
    assert_eq!(holder.pages("/api/inbox", "entries", 2), all);
    holder.get("/api/inbox?after=x").expect(400, "invalid_cursor");
    holder.get("/api/inbox?limit=0").expect(400, "invalid_query");
    holder.get("/api/inbox?unread=perhaps").expect(400, "invalid_query");
    holder.anonymous("GET", "/api/inbox").send().expect(401, "unauthorized");
}

fn bad_input_changes_nothing(app: &App) {
    let (holder, _) = asked_of(app, 1);
    for bad in [json!({}), json!({ "ids": [1] }), json!({ "through": "-1" })] {
        assert_eq!(holder.post("/api/inbox/read", &bad).status, 422, "{bad}");
    }
    for bad in [json!({}), json!({ "muted": ["a*b"] }), json!({ "muted": "edit.*" }), json!({ "muted": [""] })] {
        assert_eq!(holder.call("PUT", "/api/preferences").json(&bad).send().status, 422, "{bad}");
    }
    assert_eq!(unread(&holder), 1);
    assert_eq!(holder.get("/api/preferences").ok(200), json!({ "muted": [] }));
}

fn an_entry_goes_with_its_event(mode: Mode) {
    let app = Setup::new(mode).variable("event_retention_hours", "0").start();
    let (holder, _) = asked_of(&app, 1);
    // Whoever waits for events has the log looked after.
    eventually("the entry goes", || {
        holder.events(&holder.workstation, None, 1);
        entries(&holder).is_empty().then_some(())
    });
    assert_eq!(unread(&holder), 0);
}
