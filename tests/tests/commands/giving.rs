//! Who may command a workstation, and what.

use baton_tests::{App, Json, on_shared_app, unique};
use serde_json::{Value, json};

use crate::scene::{assert_command, command, give, message, reaches, say, try_give};

on_shared_app!(
    a_workstation_hears_what_it_is_asked_for,
    its_user_and_admins_command_it,
    who_sent_it_and_whose_it_is_see_it,
    what_is_no_command_is_refused,
    its_time_is_bounded,
    its_data_is_an_object_of_some_size,
    what_people_see_of_it_can_be_seen,
    a_workstation_has_a_hundred_at_most,
    a_workstation_that_is_gone_obeys_nobody,
    all_of_it_is_audited,
);

fn a_workstation_hears_what_it_is_asked_for(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let mut inbox = alice.inbox();
    let given = message(&admin, &alice);
    assert_eq!((&given["type"], &given["sender"]), (&json!("message"), &json!(admin.user)));
    assert_eq!(given["workstation_id"], alice.workstation);
    let event = inbox.expect("workstation.command", &["command_id", "type", "data"]);
    let data = json!({ "command_id": given["id"], "type": "message", "data": { "message": "Lunch?" } });
    assert_eq!(event["data"], data);
    assert_eq!((&event["item_id"], &event["part_number"]), (&Value::Null, &Value::Null));
    inbox.expect_nothing_more();
}

fn its_user_and_admins_command_it(app: &App) {
    let (alice, bob, admin) = (app.seat(), app.seat(), app.user("admin"));
    for sender in [alice.as_role("viewer"), admin] {
        give(&sender, &alice, &json!({ "type": "save" }));
    }
    try_give(&bob, &alice, &json!({ "type": "save" })).expect(403, "forbidden");
    let nobody = format!("/api/workstations/{}/commands", unique::uuid());
    bob.post(&nobody, &json!({ "type": "save" })).expect(404, "not_found");
    bob.post("/api/workstations/x/commands", &json!({ "type": "save" })).expect(404, "not_found");
}

fn who_sent_it_and_whose_it_is_see_it(app: &App) {
    let (alice, bob, admin) = (app.seat(), app.seat(), app.user("admin"));
    let given = message(&admin, &alice);
    for user in [&admin, &app.user("admin"), &alice.as_role("viewer")] {
        assert_eq!(command(user, &given), given);
    }
    let path = format!("/api/commands/{}", given.text("id"));
    bob.get(&path).expect(403, "forbidden");
    for verb in ["acknowledge", "done", "fail"] {
        say(&bob, &given, verb).expect(403, "forbidden");
        say(&admin, &given, verb).expect(403, "forbidden");
        say(&bob, &json!({ "id": unique::uuid() }), verb).expect(404, "not_found");
    }
    bob.get(&format!("/api/commands/{}", unique::uuid())).expect(404, "not_found");
    assert_eq!(command(&alice, &given), given);
}

fn what_is_no_command_is_refused(app: &App) {
    let alice = app.seat();
    for bad in [json!({}), json!({ "type": "shutdown" }), json!({ "type": 1 }), json!({ "type": null })] {
        try_give(&alice, &alice, &bad).expect(422, "invalid");
    }
    let given = message(&alice, &alice);
    for bad in [json!({ "message": "" }), json!({ "message": 1 }), json!({ "message": "x".repeat(2001) })] {
        alice.post(&format!("/api/commands/{}/done", given.text("id")), &bad).expect(422, "invalid");
    }
    assert_eq!(command(&alice, &given)["state"], "pending");
}

fn its_time_is_bounded(app: &App) {
    let alice = app.seat();
    let with = |seconds: Value| json!({ "type": "save", "expires_in_seconds": seconds });
    for bad in [json!(0), json!(-1), json!(86_401), json!(1.5), json!("60")] {
        try_give(&alice, &alice, &with(bad)).expect(422, "invalid");
    }
    for good in [json!(1), json!(86_400), json!(60.0), Value::Null] {
        give(&alice, &alice, &with(good));
    }
}

fn its_data_is_an_object_of_some_size(app: &App) {
    let alice = app.seat();
    let with = |data: Value| json!({ "type": "message", "data": data });
    for bad in [json!([]), json!("x"), json!(1), json!({ "message": "x".repeat(9_000) })] {
        try_give(&alice, &alice, &with(bad)).expect(422, "invalid");
    }
    try_give(&alice, &alice, &with(json!({ "x": "x".repeat(70_000) }))).expect(413, "payload_too_large");
    for good in [json!({}), Value::Null, json!({ "a": { "b": [1, null, "\u{0}\"\\"] } })] {
        let given = give(&alice, &alice, &with(good.clone()));
        let expected = if good.is_null() { json!({}) } else { good };
        assert_eq!(given["data"], expected);
    }
}

/// And what says which session is meant is text: a client that took it for nothing would release all.
fn what_people_see_of_it_can_be_seen(app: &App) {
    let alice = app.seat();
    let with = |name: &str, value: Value| json!({ "type": "message", "data": { name: value } });
    for name in ["message", "session_id", "part_number"] {
        for bad in [json!("a\u{202e}b"), json!("\u{1b}[2J"), json!("a\u{200b}b"), json!(5), json!(["x"]), json!({})] {
            try_give(&alice, &alice, &with(name, bad)).invalid(&format!("data.{name}"));
        }
        give(&alice, &alice, &with(name, Value::Null));
    }
    give(&alice, &alice, &with("message", json!("two\r\n\tlines")));
}

fn a_workstation_has_a_hundred_at_most(app: &App) {
    let alice = app.seat();
    let given: Vec<_> = (0..100).map(|_| message(&alice, &alice)).collect();
    try_give(&alice, &alice, &json!({ "type": "save" })).expect(409, "too_many_commands");
    say(&alice, &given[0], "done").ok(200);
    give(&alice, &alice, &json!({ "type": "save" }));
}

fn a_workstation_that_is_gone_obeys_nobody(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let given = message(&admin, &alice);
    alice.delete(&baton_tests::paths::workstation(&alice.workstation)).ok(204);
    let failed = reaches(&admin, &given, "failed");
    assert_command(&failed, "failed");
    assert_eq!(failed["message"], "the workstation has been removed");
    try_give(&admin, &alice, &json!({ "type": "save" })).expect(404, "not_found");
}

fn all_of_it_is_audited(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let mut inbox = alice.inbox();
    let given = message(&admin, &alice);
    inbox.expect("workstation.command", &[]);
    say(&alice, &given, "acknowledge").ok(200);
    say(&alice, &given, "done").ok(200);
    let of = |command: &Value| -> Vec<(String, String)> {
        let rows = admin.pages(&format!("/api/audit?resource_id={}", command.text("id")), "entries", 100);
        let mut rows: Vec<_> =
            rows.iter().map(|row| (row.text("actor").to_owned(), row.text("action").to_owned())).collect();
        rows.sort();
        rows
    };
    let by = |actor: &str, action: &str| (actor.to_owned(), action.to_owned());
    let mut expected = vec![
        by(&admin.user, "workstation.command"),
        by(&alice.user, "workstation.command_sent"),
        by(&alice.user, "workstation.command_acknowledged"),
        by(&alice.user, "workstation.command_done"),
    ];
    expected.sort();
    assert_eq!(of(&given), expected);
}
