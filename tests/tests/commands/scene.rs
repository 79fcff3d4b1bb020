//! What a test of this file begins with, and the steps that most tests take.

use baton_tests::{Client, Json, Response, Seat, eventually, paths, shape};
use serde_json::{Value, json};

/// What a command holds.
const MEMBERS: [&str; 12] = [
    "id",
    "workstation_id",
    "type",
    "data",
    "sender",
    "state",
    "message",
    "created_at",
    "sent_at",
    "acknowledged_at",
    "ended_at",
    "expires_at",
];

/// Tries to command a workstation.
pub fn try_give(sender: &Client, seat: &Seat, body: &Value) -> Response {
    sender.post(&format!("{}/commands", paths::workstation(&seat.workstation)), body)
}

/// Commands a workstation: the command.
pub fn give(sender: &Client, seat: &Seat, body: &Value) -> Value {
    let command = try_give(sender, seat, body).ok(202);
    assert_command(&command, "pending");
    command
}

/// What a workstation says of a command, or tries to.
pub fn say(seat: &Client, command: &Value, verb: &str) -> Response {
    seat.post_empty(&format!("/api/commands/{}/{verb}", command.text("id")))
}

/// The command as it is for this user.
pub fn command(user: &Client, command: &Value) -> Value {
    user.get(&format!("/api/commands/{}", command.text("id"))).ok(200)
}

/// Waits until the command is in this state.
pub fn reaches(user: &Client, of: &Value, state: &str) -> Value {
    let reached = || Some(command(user, of)).filter(|command| command["state"] == state);
    eventually(&format!("the command is {state}"), reached)
}

/// Checks that a document is a command in this state.
pub fn assert_command(command: &Value, state: &str) {
    for member in MEMBERS {
        assert!(command.get(member).is_some(), "no {member} in {command}");
    }
    assert_eq!(command["state"], state, "{command}");
    assert!(shape::is_time(&command["created_at"]) && shape::is_time(&command["expires_at"]), "{command}");
    let is_over = ["done", "failed", "expired"].contains(&state);
    assert_eq!(shape::is_time(&command["ended_at"]), is_over, "{command}");
}

/// Commands a workstation to show something.
pub fn message(sender: &Client, seat: &Seat) -> Value {
    give(sender, seat, &json!({ "type": "message", "data": { "message": "Lunch?" } }))
}

/// Orders the end of a session once its holder has saved: the answer.
pub fn try_save_first(admin: &Client, session: &Value, seconds: i64) -> Response {
    let body = json!({ "reason": "a customer waits", "save_seconds": seconds });
    admin.post(&paths::of_session(session, "force-release"), &body)
}

/// The same with success: the id of the command, as a document.
pub fn save_first(admin: &Client, session: &Value, seconds: i64) -> Value {
    let answer = try_save_first(admin, session, seconds).ok(202);
    assert_eq!(answer["released"], false, "{answer}");
    json!({ "id": answer.text("command_id") })
}
