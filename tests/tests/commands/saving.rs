//! `save_seconds` of a force-release: the holder saves first.

use baton_tests::{App, Json, Mode, Seat, Setup, eventually, on_own_app, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{assert_command, command, reaches, save_first, say, try_save_first};

on_shared_app!(
    the_holder_is_asked_to_save,
    it_is_released_once_that_is_done,
    what_was_saved_is_the_checkpoint,
    it_is_released_if_that_fails,
    it_is_released_at_the_latest_then,
    the_next_in_line_has_it,
    who_acquires_it_then_has_it,
    asking_again_is_the_same_command,
    an_admin_may_do_without_after_all,
    a_session_that_ends_leaves_nothing_to_be_released,
    its_time_is_bounded,
    what_is_over_is_gone,
);
on_own_app!(with_an_approval_it_comes_with_the_last_signature);

const COMMAND: [&str; 3] = ["command_id", "type", "data"];

fn scene(app: &App) -> (Seat, Seat, Value) {
    let alice = app.seat();
    let session = alice.acquire(&unique::part());
    (alice, Seat::new(app.user("admin")), session)
}

fn reason(holder: &Seat, session: &Value) -> Option<String> {
    let answer = holder.get(&paths::session(session));
    if answer.status == 200 { None } else { Some(answer.expect(410, "session_lost").text("reason").to_owned()) }
}

fn the_holder_is_asked_to_save(app: &App) {
    let (alice, admin, session) = scene(app);
    let mut inbox = alice.inbox();
    let asked = save_first(&admin, &session, 60);
    let event = inbox.expect("workstation.command", &COMMAND);
    assert_eq!((&event["data"]["command_id"], &event["data"]["type"]), (&asked["id"], &json!("save")));
    let data = &event["data"]["data"];
    assert_eq!((&data["session_id"], &data["part_number"]), (&session["id"], &session["part_number"]));
    assert_eq!((&data["admin"], &data["reason"]), (&json!(admin.user), &json!("a customer waits")));
    assert_eq!(event["part_number"], session["part_number"]);
    inbox.expect_nothing_more();
    assert_eq!(alice.held(session.text("part_number"))["id"], session["id"], "it was released already");
    assert_command(&command(&admin, &asked), "sent");
}

fn it_is_released_once_that_is_done(app: &App) {
    let (alice, admin, session) = scene(app);
    let asked = save_first(&admin, &session, 60);
    let (mut holder, mut sender) = (alice.inbox(), admin.inbox());
    say(&alice, &asked, "done").ok(200);
    assert_eq!(reason(&alice, &session).as_deref(), Some("force_released"));
    let told = holder.expect_all(&["edit.force_released", "edit.session_released"]);
    assert_eq!(
        (&told[0]["data"]["admin"], &told[0]["data"]["reason"]),
        (&json!(admin.user), &json!("a customer waits"))
    );
    assert_eq!(sender.expect("workstation.command_done", &[])["data"]["state"], "done");
    let path = format!("/api/audit?resource_id={}&action=edit.force_released", session.text("id"));
    let rows = admin.pages(&path, "entries", 10);
    assert_eq!((rows.len(), &rows[0]["details"]["admin"]), (1, &json!(admin.user)));
}

fn what_was_saved_is_the_checkpoint(app: &App) {
    let (alice, admin, session) = scene(app);
    let path = paths::of_session(&session, "draft");
    let draft = |bytes: &str| alice.call("PUT", &path).body("model/step", bytes).send().ok(204);
    draft("as it was");
    let asked = save_first(&admin, &session, 60);
    draft("as it is");
    let mut inbox = alice.inbox();
    say(&alice, &asked, "done").ok(200);
    let told = inbox.expect_all(&["edit.force_released", "edit.session_released", "edit.checkpoint_created"]);
    let id = told[0]["data"].text("checkpoint_id");
    let path = format!("{}/{id}", paths::checkpoints(session.text("part_number")));
    assert_eq!(admin.get(&path).ok(200)["kind"], "force_release");
    assert_eq!(admin.get(&format!("{path}/content")).body, b"as it is");
}

fn it_is_released_if_that_fails(app: &App) {
    let (alice, admin, session) = scene(app);
    let asked = save_first(&admin, &session, 60);
    say(&alice, &asked, "fail").ok(200);
    assert_eq!(reason(&alice, &session).as_deref(), Some("force_released"));
}

fn it_is_released_at_the_latest_then(app: &App) {
    let (alice, admin, session) = scene(app);
    let (mut inbox, mut sender) = (alice.inbox(), admin.inbox());
    save_first(&admin, &session, 1);
    inbox.expect("workstation.command", &COMMAND);
    inbox.expect_all(&["edit.force_released", "edit.session_released"]);
    assert_eq!(sender.expect("workstation.command_done", &[])["data"]["state"], "expired");
    assert_eq!(reason(&alice, &session).as_deref(), Some("force_released"));
}

fn the_next_in_line_has_it(app: &App) {
    let (alice, admin, session) = scene(app);
    let bob = app.seat();
    bob.stand_in_line(&session);
    let asked = save_first(&admin, &session, 60);
    say(&alice, &asked, "done").ok(200);
    let next = bob.held(session.text("part_number"));
    assert!(next.int("fence") > session.int("fence"));
}

/// Nobody waits for events: who acquires it records that its time is over.
fn who_acquires_it_then_has_it(app: &App) {
    let (_, admin, session) = scene(app);
    let bob = app.seat();
    save_first(&admin, &session, 1);
    let part = session.text("part_number");
    let acquired = eventually("it is free", || {
        let answer = bob.try_acquire(part, &json!({}));
        if answer.status == 201 {
            Some(answer.ok(201))
        } else {
            answer.expect(409, "held");
            None
        }
    });
    assert!(acquired.int("fence") > session.int("fence"));
}

fn asking_again_is_the_same_command(app: &App) {
    let (alice, admin, session) = scene(app);
    let mut inbox = alice.inbox();
    let asked = save_first(&admin, &session, 60);
    assert_eq!(save_first(&app.user("admin"), &session, 10), asked);
    inbox.expect("workstation.command", &COMMAND);
    inbox.expect_nothing_more();
}

fn an_admin_may_do_without_after_all(app: &App) {
    let (alice, admin, session) = scene(app);
    let asked = save_first(&admin, &session, 60);
    assert_eq!(try_save_first(&admin, &session, 0).ok(200)["released"], true);
    assert_eq!(reason(&alice, &session).as_deref(), Some("force_released"));
    let over = command(&admin, &asked);
    assert_command(&over, "failed");
    assert_eq!(over["message"], "the edit session is over: force_released");
}

fn a_session_that_ends_leaves_nothing_to_be_released(app: &App) {
    let (alice, admin, session) = scene(app);
    let bob = app.seat();
    let request = bob.ask_for_transfer(&session);
    let asked = save_first(&admin, &session, 60);
    alice.accept(&request);
    assert_command(&reaches(&admin, &asked, "failed"), "failed");
    say(&alice, &asked, "done").expect(409, "command_over");
    assert_eq!(bob.active(session.text("part_number")).len(), 1, "the next session went with it");
}

fn its_time_is_bounded(app: &App) {
    let (alice, admin, session) = scene(app);
    for bad in [-1, 301] {
        try_save_first(&admin, &session, bad).expect(422, "invalid");
    }
    try_save_first(&alice, &session, 60).expect(403, "forbidden");
    assert_eq!(reason(&alice, &session), None);
    save_first(&admin, &session, 300);
}

fn what_is_over_is_gone(app: &App) {
    let (alice, admin, session) = scene(app);
    alice.release(&session);
    assert_eq!(try_save_first(&admin, &session, 60).expect(410, "session_lost")["reason"], "released");
    let unknown = json!({ "part_number": session["part_number"], "id": unique::uuid() });
    try_save_first(&admin, &unknown, 60).expect(404, "not_found");
}

fn with_an_approval_it_comes_with_the_last_signature(mode: Mode) {
    let app = Setup::new(mode).variable("force_release_requires_approval", "true").start();
    let (alice, admin, session) = scene(&app);
    let mut inbox = alice.inbox();
    let answer = try_save_first(&admin, &session, 60).ok(202);
    let approval = answer["approval"].clone();
    assert_eq!(answer.get("command_id"), None, "{answer}");
    inbox.expect("approval.created", &[]);
    inbox.expect_nothing_more();
    let signed = sign_off(&app, &approval);
    assert_eq!((&signed["state"], &signed["outcome"]), (&json!("approved"), &json!("session_saving")));
    let heard = std::iter::repeat_with(|| inbox.take()).find(|event| event["type"] == "workstation.command");
    let asked = json!({ "id": heard.expect("a command")["data"].text("command_id") });
    assert_eq!(reason(&alice, &session), None, "it was released already");
    say(&alice, &asked, "done").ok(200);
    assert_eq!(reason(&alice, &session).as_deref(), Some("force_released"));
    let path = format!("/api/approvals/{}", approval.text("id"));
    assert_eq!(admin.get(&path).ok(200)["outcome"], "session_released");
}

/// Has admins sign until the approval is decided.
fn sign_off(app: &App, approval: &Value) -> Value {
    let path = format!("/api/approvals/{}/sign", approval.text("id"));
    loop {
        let signed = app.user("admin").post(&path, &json!({ "decision": "approve" })).ok(200);
        if signed["state"] != "pending" {
            return signed;
        }
    }
}
