//! What each tool does.

use baton_tests::{App, Json, Seat, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::Agent;

on_shared_app!(
    what_an_agent_acquires_is_an_edit_session,
    an_agent_is_a_workstation_of_its_own,
    files_of_a_repository_are_locks,
    all_of_them_or_none,
    what_is_held_names_the_holder_and_what_to_do,
    who_holds_tells_of_people_and_agents,
    renewing_and_releasing,
    what_is_anothers_stays,
    asking_and_answering,
    an_agent_asks_another_of_its_own_user,
    a_viewer_may_look_alone,
    a_quota_is_told,
    arguments_that_do_not_fit_are_told,
);

fn what_an_agent_acquires_is_an_edit_session(app: &App) {
    let (agent, part) = (Agent::new(app, "one"), unique::part());
    let taken = agent.uses("acquire", json!({ "paths": [part], "note": "new flange", "ttl_seconds": 60 }));
    let active = agent.client.active(&part);
    assert_eq!(active.len(), 1);
    assert_eq!((&taken["session_id"], &taken["fence"]), (&active[0]["id"], &active[0]["fence"]));
    assert_eq!((&active[0]["note"], &active[0]["user"]), (&json!("new flange"), &json!(agent.client.user)));
    assert_eq!(taken.list("edit_sessions")[0]["path"], part);
}

fn an_agent_is_a_workstation_of_its_own(app: &App) {
    let user = app.user("editor");
    let (one, other) = (Agent::of(user.clone(), "one"), Agent::of(user.clone(), "other"));
    let (first, second) = (unique::part(), unique::part());
    one.uses("acquire", json!({ "paths": [first] }));
    other.uses("acquire", json!({ "paths": [second] }));
    one.uses("acquire", json!({ "paths": [unique::part()] }));
    let own = user.pages("/api/workstations", "workstations", 10);
    let mut names: Vec<_> = own.iter().map(|one| one.text("name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["agent:one", "agent:other"]);
    other.fails("acquire", json!({ "paths": [first] }));
    assert_eq!(one.uses("my_sessions", json!({})).list("edit_sessions").len(), 2);
    assert_eq!(other.uses("my_sessions", json!({})).list("edit_sessions").len(), 1);
}

fn files_of_a_repository_are_locks(app: &App) {
    let (agent, repository) = (Agent::new(app, "one"), unique::name("repo"));
    let taken = agent.uses("acquire", json!({ "paths": ["src/a b.rs"], "repository": repository }));
    let locks = agent.client.get(&format!("/lfs/{repository}/locks")).ok(200);
    assert_eq!(locks.list("locks").len(), 1, "{locks}");
    assert_eq!((&locks["locks"][0]["id"], &locks["locks"][0]["path"]), (&taken["session_id"], &json!("src/a b.rs")));
    assert_eq!(taken["edit_sessions"][0]["repository"], repository);
    // And what is locked is held.
    let (bob, path) = (app.user("editor"), format!("/lfs/{repository}/locks"));
    bob.call("POST", &path).body("application/vnd.git-lfs+json", r#"{"path":"b.rs"}"#).send().ok(201);
    let (held, text) = agent.fails("acquire", json!({ "paths": ["b.rs"], "repository": repository }));
    assert_eq!(held["holder"]["user"], bob.user);
    assert!(text.contains(&bob.user), "{text}");
}

fn all_of_them_or_none(app: &App) {
    let (alice, agent) = (app.seat(), Agent::new(app, "one"));
    let (held, free) = (unique::part(), unique::part());
    alice.acquire(&held);
    let (refused, _) = agent.fails("acquire", json!({ "paths": [free, held] }));
    assert_eq!(refused["holders"].as_array().map(Vec::len), Some(1), "{refused}");
    assert!(agent.client.active(&free).is_empty(), "half of it was taken");
}

fn what_is_held_names_the_holder_and_what_to_do(app: &App) {
    let (alice, agent, part) = (app.seat(), Agent::new(app, "one"), unique::part());
    let session = alice.acquire_with(&part, &json!({ "note": "new flange" }));
    let (refused, text) = agent.fails("acquire", json!({ "paths": [part] }));
    assert_eq!(refused["code"], "held");
    assert_eq!((&refused["holder"]["user"], &refused["holder"]["session_id"]), (&json!(alice.user), &session["id"]));
    assert_eq!(refused["holders"][0]["path"], part);
    for said in [alice.user.as_str(), "new flange", "request_handoff", "line"] {
        assert!(text.contains(said), "{said:?} isn't in {text}");
    }
    assert_eq!(refused["handoff_requests"], json!([]));
}

fn who_holds_tells_of_people_and_agents(app: &App) {
    let (alice, one, other) = (app.seat(), Agent::new(app, "one"), Agent::new(app, "other"));
    let (a, b, c) = (unique::part(), unique::part(), unique::part());
    alice.acquire(&a);
    one.uses("acquire", json!({ "paths": [b] }));
    let seen = other.call("who_holds", json!({ "paths": [a, b, c] }));
    let text = seen["content"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains(&alice.user) && text.contains("agent one") && text.contains("free"), "{text}");
    let document = &seen["structuredContent"];
    let held: Vec<_> = document.list("paths").iter().map(|path| path["held"].clone()).collect();
    assert_eq!(held, [json!(true), json!(true), json!(false)]);
    assert_eq!(document["paths"][0]["edit_sessions"][0]["user"], alice.user);
}

fn renewing_and_releasing(app: &App) {
    let (agent, part) = (Agent::new(app, "one"), unique::part());
    let taken = agent.uses("acquire", json!({ "paths": [part], "ttl_seconds": 30 }));
    let renewed =
        agent.uses("renew", json!({ "session_id": taken["session_id"], "ttl_seconds": 600, "note": "still" }));
    assert!(renewed.time("expires_at") > taken.time("expires_at"), "{renewed}");
    assert_eq!((&renewed["session_id"], &renewed["fence"]), (&taken["session_id"], &taken["fence"]));
    agent.uses("renew", json!({ "paths": [part] }));
    for _ in 0..2 {
        let released = agent.uses("release", json!({ "session_id": taken["session_id"] }));
        assert_eq!(released["released"], json!([taken["session_id"]]));
    }
    assert!(agent.client.active(&part).is_empty());
    let (lost, text) = agent.fails("renew", json!({ "session_id": taken["session_id"] }));
    assert_eq!((&lost["code"], &lost["reason"]), (&json!("session_lost"), &json!("released")));
    assert!(text.contains("stop editing"), "{text}");
    agent.fails("release", json!({ "paths": [part] }));
    assert_eq!(agent.fails("renew", json!({ "session_id": unique::uuid() })).0["code"], "not_found");
}

fn what_is_anothers_stays(app: &App) {
    let user = app.user("editor");
    let (one, other, stranger) = (Agent::of(user.clone(), "one"), Agent::of(user, "other"), Agent::new(app, "one"));
    let part = unique::part();
    let taken = one.uses("acquire", json!({ "paths": [part] }));
    let id = json!({ "session_id": taken["session_id"] });
    for tool in ["renew", "release"] {
        assert_eq!(other.fails(tool, id.clone()).0["code"], "not_yours", "{tool}");
        assert_eq!(stranger.fails(tool, id.clone()).0["code"], "forbidden", "{tool}");
        other.fails(tool, json!({ "paths": [part] }));
    }
    assert_eq!(one.client.active(&part)[0]["id"], taken["session_id"]);
}

fn asking_and_answering(app: &App) {
    let (holder, asker) = (Agent::new(app, "holder"), Agent::new(app, "asker"));
    let part = unique::part();
    let taken = holder.uses("acquire", json!({ "paths": [part] }));
    let asked = asker.uses("request_handoff", json!({ "session_id": taken["session_id"], "message": "May I?" }));
    let id = asked["request_id"].clone();
    let mine = holder.uses("my_sessions", json!({}));
    assert_eq!((&mine["asked"][0]["request_id"], &mine["asked"][0]["message"]), (&id, &json!("May I?")));
    asker.fails("answer_handoff", json!({ "request_id": id, "decision": "accept" }));
    let declined =
        holder.uses("answer_handoff", json!({ "request_id": id, "decision": "decline", "message": "Not yet" }));
    assert_eq!(declined["status"], "declined");
    let told = asker.uses("wait_for_turn", json!({ "request_id": id }));
    assert_eq!((&told["turn"], &told["status"]), (&json!(false), &json!("declined")));
    assert_eq!(told["handoff_requests"][0]["answer"], "Not yet");
    let again = asker.uses("request_handoff", json!({ "paths": [part], "message": "Now?" }));
    holder.uses("answer_handoff", json!({ "request_id": again["request_id"], "decision": "accept" }));
    let got = asker.uses("wait_for_turn", json!({ "request_id": again["request_id"] }));
    assert_eq!(got["turn"], true);
    assert!(got.int("fence") > taken.int("fence"), "{got}");
    let (late, _) = holder.fails("answer_handoff", json!({ "request_id": again["request_id"], "decision": "accept" }));
    assert_eq!(late["code"], "not_pending");
    assert_eq!(
        holder.fails("answer_handoff", json!({ "request_id": unique::uuid(), "decision": "accept" })).0["code"],
        "not_found"
    );
}

fn an_agent_asks_another_of_its_own_user(app: &App) {
    let user = app.user("editor");
    let (one, other, third) =
        (Agent::of(user.clone(), "one"), Agent::of(user.clone(), "other"), Agent::of(user, "third"));
    let part = unique::part();
    let taken = one.uses("acquire", json!({ "paths": [part] }));
    let id = json!({ "session_id": taken["session_id"], "message": "May I?", "line": true });
    let (first, second) = (other.uses("request_handoff", id.clone()), third.uses("request_handoff", id.clone()));
    assert_ne!(first["request_id"], second["request_id"], "each has a place of its own");
    assert_eq!(one.fails("request_handoff", id).0["code"], "own_session");
    one.uses("release", json!({ "paths": [part] }));
    assert_eq!(other.uses("wait_for_turn", json!({}))["turn"], true);
    assert_eq!(third.uses("wait_for_turn", json!({ "seconds": 0 }))["turn"], false);
}

fn a_viewer_may_look_alone(app: &App) {
    let (agent, part) = (Agent::of(app.user("viewer"), "one"), unique::part());
    agent.uses("who_holds", json!({ "paths": [part] }));
    agent.uses("my_sessions", json!({}));
    assert_eq!(agent.fails("acquire", json!({ "paths": [part] })).0["code"], "forbidden");
    assert!(agent.client.active(&part).is_empty());
}

fn a_quota_is_told(app: &App) {
    let user = app.user("editor");
    for number in 0..50 {
        Agent::of(user.clone(), &format!("agent {number}")).uses("acquire", json!({ "paths": [unique::part()] }));
    }
    let (refused, _) = Agent::of(user, "one more").fails("acquire", json!({ "paths": [unique::part()] }));
    assert_eq!(refused["code"], "quota_exceeded");
}

fn arguments_that_do_not_fit_are_told(app: &App) {
    let agent = Agent::new(app, "one");
    let many: Vec<_> = (0..1_001).map(|number| format!("F{number}")).collect();
    for (tool, arguments) in [
        ("acquire", json!({})),
        ("acquire", json!({ "paths": [] })),
        ("acquire", json!({ "paths": many })),
        ("acquire", json!({ "paths": "F1" })),
        ("acquire", json!({ "paths": ["src/a.rs"] })),
        ("acquire", json!({ "paths": ["../a.rs"], "repository": "cad" })),
        ("acquire", json!({ "paths": ["a.rs"], "repository": "no/name" })),
        ("acquire", json!({ "paths": ["F1"], "ttl_seconds": 0 })),
        ("renew", json!({})),
        ("release", json!({ "session_id": "x" })),
        ("request_handoff", json!({ "paths": ["F1"] })),
        ("answer_handoff", json!({ "request_id": unique::uuid(), "decision": "perhaps" })),
        ("wait_for_turn", json!({ "seconds": 26 })),
    ] {
        let (refused, text) = agent.fails(tool, arguments.clone());
        assert_eq!(refused["code"], "invalid", "{tool} {arguments}");
        assert!(text.starts_with("Refused: "), "{text}");
    }
    let long = Agent::of(agent.client.clone(), &"x".repeat(101));
    long.fails("my_sessions", json!({}));
    // What the agent has done is heard like anything else.
    let (alice, part) = (Seat::new(app.user("editor")), unique::part());
    alice.watch(&part);
    let mut inbox = alice.inbox();
    agent.uses("acquire", json!({ "paths": [part] }));
    let heard: Value = inbox.expect("edit.session_acquired", &[]);
    assert_eq!(heard["part_number"], part);
    assert_eq!(agent.client.get(&paths::item(&part)).ok(200)["part_number"], part);
}
