//! `watch`.

use baton_tests::{App, Json, eventually, on_shared_app, unique};
use serde_json::Value;

use super::home::Home;

on_shared_app!(events_are_told, events_are_documents, a_command_is_run_for_each, watching_ends_with_it);

fn events_are_told(app: &App) {
    let (home, alice, part) = (Home::new(app, "viewer"), app.seat(), unique::part());
    let watching = home.start(&["watch", &part]);
    watched(&home, &part);
    let session = alice.acquire(&part);
    watching.tells(&format!("{} holds {part}", alice.user));
    alice.release(&session);
    watching.tells("released");
}

/// Waits until a home's workstation watches a part.
fn watched(home: &Home, part: &str) {
    let watches = || {
        let own = home.user.get("/api/workstations").ok(200);
        let id = own.list("workstations").first()?.text("id").to_owned();
        let all = home.user.get(&format!("/api/workstations/{id}/subscriptions")).ok(200);
        all.list("subscriptions").iter().any(|one| one["part_number"] == part).then_some(())
    };
    eventually("the subscription", watches);
}

fn events_are_documents(app: &App) {
    let (home, alice, part) = (Home::new(app, "viewer"), app.seat(), unique::part());
    let watching = home.start(&["watch", &part, "--json"]);
    watched(&home, &part);
    let session = alice.acquire(&part);
    alice.release(&session);
    watching.prints("edit.session_released");
    let out = watching.out();
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    let kinds: Vec<_> = events.iter().map(|event| event.text("type")).collect();
    assert_eq!(kinds, ["edit.session_acquired", "edit.session_released"]);
    assert!(events.iter().all(|event| event["data"]["session_id"] == session["id"]));
}

fn a_command_is_run_for_each(app: &App) {
    let (home, alice, part) = (Home::new(app, "viewer"), app.seat(), unique::part());
    let hook = "cat >> events; echo $BATON_EVENT $BATON_PART >> names";
    let _watching = home.start(&["watch", &part, "--on-event", hook]);
    watched(&home, &part);
    let session = alice.acquire(&part);
    alice.release(&session);
    let names = || std::fs::read_to_string(home.path("names")).unwrap_or_default();
    let expected = format!("edit.session_acquired {part}\nedit.session_released {part}\n");
    eventually("both", || (names() == expected).then_some(()));
    let events = std::fs::read_to_string(home.path("events")).expect("the events");
    assert!(events.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{events}");
}

/// What it had the workstation watch isn't watched any longer.
fn watching_ends_with_it(app: &App) {
    let (home, part) = (Home::new(app, "viewer"), unique::part());
    let watching = home.start(&["watch", &part]);
    watched(&home, &part);
    watching.process.interrupt();
    assert_eq!(watching.ended().code, 0);
    let id = home.user.get("/api/workstations").ok(200).list("workstations")[0].text("id").to_owned();
    let left = home.user.get(&format!("/api/workstations/{id}/subscriptions")).ok(200);
    assert!(left.list("subscriptions").is_empty(), "{left}");
}
