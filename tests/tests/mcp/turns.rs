//! Standing in line, and waiting for one's turn.

use std::thread;

use baton_tests::{App, Json, on_shared_app, unique};
use serde_json::{Value, json};

use crate::scene::Agent;

on_shared_app!(
    a_turn_comes_when_the_holder_releases,
    a_turn_comes_when_the_holders_time_is_over,
    each_has_a_place_in_the_line,
    asking_again_keeps_the_place,
    waiting_ends_without_a_turn,
    who_stands_in_no_line_is_told_so,
);

fn in_line(agent: &Agent, parts: &[&String]) -> Value {
    let (refused, text) = agent.fails("acquire", json!({ "paths": parts, "line": true }));
    assert!(text.contains("wait_for_turn"), "{text}");
    refused
}

fn a_turn_comes_when_the_holder_releases(app: &App) {
    let (one, other) = (Agent::new(app, "one"), Agent::new(app, "other"));
    let parts = [unique::part(), unique::part(), unique::part()];
    let taken = one.uses("acquire", json!({ "paths": parts }));
    let requests = in_line(&other, &parts.iter().collect::<Vec<_>>());
    assert_eq!(requests.list("handoff_requests").len(), 3);
    let got = thread::scope(|scope| {
        let waits = scope.spawn(|| other.uses("wait_for_turn", json!({})));
        one.uses("release", json!({ "paths": parts }));
        waits.join().expect("a turn")
    });
    assert_eq!(got["turn"], true, "{got}");
    assert_eq!(got.list("edit_sessions").len(), 3);
    for session in got.list("edit_sessions") {
        let before =
            taken.list("edit_sessions").iter().find(|one| one["path"] == session["path"]).expect("the same path");
        assert!(session.int("fence") > before.int("fence"), "{session}");
    }
    let again = other.uses("acquire", json!({ "paths": parts }));
    assert_eq!(again.list("edit_sessions").len(), 3);
}

/// Nobody else looks: the agent that waits records it.
fn a_turn_comes_when_the_holders_time_is_over(app: &App) {
    let (one, other, part) = (Agent::new(app, "one"), Agent::new(app, "other"), unique::part());
    one.uses("acquire", json!({ "paths": [part], "ttl_seconds": 2 }));
    let requests = in_line(&other, &[&part]);
    let got = other.uses("wait_for_turn", json!({ "request_id": requests["request_id"] }));
    assert_eq!((&got["turn"], &got["status"]), (&json!(true), &json!("granted")));
    assert_eq!(other.client.active(&part)[0]["id"], got["session_id"]);
}

fn each_has_a_place_in_the_line(app: &App) {
    let agents = ["holder", "first", "second"].map(|name| Agent::new(app, name));
    let part = unique::part();
    agents[0].uses("acquire", json!({ "paths": [part] }));
    let ahead = [&agents[1], &agents[2]].map(|agent| in_line(agent, &[&part])["handoff_requests"][0]["ahead"].clone());
    assert_eq!(ahead, [json!(0), json!(1)]);
    agents[0].uses("release", json!({ "paths": [part] }));
    assert_eq!(agents[1].uses("wait_for_turn", json!({}))["turn"], true);
    let (refused, _) = agents[0].fails("acquire", json!({ "paths": [part] }));
    assert_eq!(refused["code"], "held");
    assert_eq!(agents[2].uses("wait_for_turn", json!({ "seconds": 0 }))["handoff_requests"][0]["ahead"], 0);
}

fn asking_again_keeps_the_place(app: &App) {
    let (one, other, part) = (Agent::new(app, "one"), Agent::new(app, "other"), unique::part());
    one.uses("acquire", json!({ "paths": [part] }));
    let (first, second) = (in_line(&other, &[&part]), in_line(&other, &[&part]));
    assert_eq!(first["request_id"], second["request_id"]);
    assert!(first["request_id"].is_string(), "{first}");
}

fn waiting_ends_without_a_turn(app: &App) {
    let (one, other, part) = (Agent::new(app, "one"), Agent::new(app, "other"), unique::part());
    one.uses("acquire", json!({ "paths": [part] }));
    in_line(&other, &[&part]);
    let result = other.call("wait_for_turn", json!({ "seconds": 1 }));
    assert_eq!((&result["isError"], &result["structuredContent"]["turn"]), (&json!(false), &json!(false)));
    let text = result["content"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("again") && text.contains(&one.client.user), "{text}");
}

fn who_stands_in_no_line_is_told_so(app: &App) {
    let agent = Agent::new(app, "one");
    assert_eq!(agent.fails("wait_for_turn", json!({})).0["code"], "not_waiting");
    assert_eq!(agent.fails("wait_for_turn", json!({ "request_id": unique::uuid() })).0["code"], "not_waiting");
    // Another agent's request isn't one's own.
    let (holder, part) = (app.seat(), unique::part());
    holder.acquire(&part);
    let requests = in_line(&agent, &[&part]);
    let other = Agent::of(agent.client.clone(), "other");
    assert_eq!(other.fails("wait_for_turn", json!({ "request_id": requests["request_id"] })).0["code"], "not_waiting");
}
