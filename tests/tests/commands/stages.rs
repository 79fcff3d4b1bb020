//! How far a command comes, and that it has one end.

use std::thread;

use baton_tests::{App, Client, Json, Seat, Sse, on_shared_app};
use serde_json::{Value, json};

use crate::scene::{assert_command, command, give, message, reaches, say};

on_shared_app!(
    a_poll_that_tells_it_has_sent_it,
    a_stream_that_tells_it_has_sent_it,
    it_is_acknowledged_and_done,
    it_is_done_without_a_word_before,
    it_fails_with_a_reason,
    once_over_it_stays_so,
    it_expires_and_its_sender_hears,
    whoever_looks_finds_it_expired,
    who_sent_it_hears_at_all_workstations,
    many_answers_at_once_are_one_end,
);

const DONE: [&str; 3] = ["command_id", "state", "message"];

fn a_poll_that_tells_it_has_sent_it(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let mut inbox = alice.inbox();
    let given = message(&admin, &alice);
    assert_eq!(command(&admin, &given)["state"], "pending");
    inbox.expect("workstation.command", &[]);
    let sent = command(&admin, &given);
    assert_command(&sent, "sent");
    assert!(sent.time("sent_at") >= sent.time("created_at"), "{sent}");
}

fn a_stream_that_tells_it_has_sent_it(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let stream = Sse::open(alice.call("GET", &format!("/api/events?workstation_id={}", alice.workstation)));
    let given = message(&admin, &alice);
    let (_, event) = stream.event();
    assert_eq!((&event["type"], &event["data"]["command_id"]), (&json!("workstation.command"), &given["id"]));
    reaches(&admin, &given, "sent");
}

fn it_is_acknowledged_and_done(app: &App) {
    let (alice, admin) = (app.seat(), Seat::new(app.user("admin")));
    let mut inbox = admin.inbox();
    let given = message(&admin, &alice);
    for _ in 0..2 {
        assert_command(&say(&alice, &given, "acknowledge").ok(200), "acknowledged");
    }
    inbox.expect_nothing_more();
    let said = alice.post(&format!("/api/commands/{}/done", given.text("id")), &json!({ "message": "Yes" })).ok(200);
    assert_command(&said, "done");
    assert_eq!(said["message"], "Yes");
    assert!(said.time("ended_at") >= said.time("acknowledged_at"), "{said}");
    let event = inbox.expect("workstation.command_done", &DONE);
    assert_eq!(event["data"], json!({ "command_id": given["id"], "state": "done", "message": "Yes" }));
    inbox.expect_nothing_more();
    assert_eq!(command(&admin, &given), said);
}

fn it_is_done_without_a_word_before(app: &App) {
    let alice = app.seat();
    let given = message(&alice, &alice);
    let done = say(&alice, &given, "done").ok(200);
    assert_command(&done, "done");
    assert_eq!((&done["sent_at"], &done["acknowledged_at"]), (&Value::Null, &Value::Null));
}

fn it_fails_with_a_reason(app: &App) {
    let (alice, admin) = (app.seat(), Seat::new(app.user("admin")));
    let mut inbox = admin.inbox();
    let given = message(&admin, &alice);
    let body = json!({ "message": "the disk is full" });
    let failed = alice.post(&format!("/api/commands/{}/fail", given.text("id")), &body).ok(200);
    assert_command(&failed, "failed");
    let event = inbox.expect("workstation.command_done", &DONE);
    assert_eq!((&event["data"]["state"], &event["data"]["message"]), (&json!("failed"), &json!("the disk is full")));
}

fn once_over_it_stays_so(app: &App) {
    let (alice, admin) = (app.seat(), Seat::new(app.user("admin")));
    let mut inbox = admin.inbox();
    let given = message(&admin, &alice);
    let done = say(&alice, &given, "done").ok(200);
    for verb in ["acknowledge", "done", "fail"] {
        assert_eq!(say(&alice, &given, verb).expect(409, "command_over")["state"], "done");
    }
    assert_eq!(command(&admin, &given), done);
    inbox.expect("workstation.command_done", &DONE);
    inbox.expect_nothing_more();
}

fn it_expires_and_its_sender_hears(app: &App) {
    let (alice, admin) = (app.seat(), Seat::new(app.user("admin")));
    let mut inbox = admin.inbox();
    let given = give(&admin, &alice, &json!({ "type": "save", "expires_in_seconds": 1 }));
    let event = inbox.expect("workstation.command_done", &DONE);
    assert_eq!(event["data"], json!({ "command_id": given["id"], "state": "expired", "message": null }));
    let expired = command(&admin, &given);
    assert_command(&expired, "expired");
    assert_eq!(expired["ended_at"], given["expires_at"], "it ended when its time was over");
    assert_eq!(say(&alice, &given, "done").expect(409, "command_over")["state"], "expired");
}

/// Also where nobody waits for anything.
fn whoever_looks_finds_it_expired(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let given = give(&admin, &alice, &json!({ "type": "save", "expires_in_seconds": 1 }));
    assert_command(&reaches(&admin, &given, "expired"), "expired");
    for verb in ["acknowledge", "done", "fail"] {
        assert_eq!(say(&alice, &given, verb).expect(409, "command_over")["state"], "expired");
    }
    let rows = admin.pages(&format!("/api/audit?resource_id={}", given.text("id")), "entries", 100);
    let ends: Vec<_> = rows.iter().filter(|row| row["action"] == "workstation.command_done").collect();
    assert_eq!(ends.len(), 1, "{rows:?}");
    assert_eq!((&ends[0]["actor"], &ends[0]["details"]["state"]), (&json!("system"), &json!("expired")));
}

fn who_sent_it_hears_at_all_workstations(app: &App) {
    let (alice, admin) = (app.seat(), app.user("admin"));
    let (one, other) = (Seat::new(admin.clone()), Seat::new(admin));
    let mut inboxes = [one.inbox(), other.inbox()];
    let given = message(&one, &alice);
    say(&alice, &given, "done").ok(200);
    for inbox in &mut inboxes {
        let event = inbox.expect("workstation.command_done", &DONE);
        assert_eq!(event["data"]["command_id"], given["id"]);
        inbox.expect_nothing_more();
    }
}

fn many_answers_at_once_are_one_end(app: &App) {
    let (alice, admin) = (app.seat(), Seat::new(app.user("admin")));
    let mut inbox = admin.inbox();
    let given = message(&admin, &alice);
    let tries = thread::scope(|scope| {
        let of = |verb: &'static str| {
            let (client, given): (&Client, _) = (&alice, &given);
            scope.spawn(move || (verb, say(client, given, verb).status))
        };
        let started: Vec<_> = ["done", "fail", "done", "fail", "done", "fail"].map(of).into_iter().collect();
        started.into_iter().map(|one| one.join().expect("an answer")).collect::<Vec<_>>()
    });
    let taken: Vec<_> = tries.iter().filter(|(_, status)| *status == 200).collect();
    assert_eq!(taken.len(), 1, "{tries:?}");
    let end = if taken[0].0 == "done" { "done" } else { "failed" };
    assert_command(&command(&admin, &given), end);
    assert_eq!(inbox.expect("workstation.command_done", &DONE)["data"]["state"], end);
    inbox.expect_nothing_more();
}
