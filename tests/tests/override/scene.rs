//! What a test of this file begins with: servers that want approvals, and the steps that most tests take.

use std::sync::{Barrier, OnceLock};
use std::thread;

use baton_tests::{App, Client, Inbox, Json, Mode, Response, Seat, Setup, paths, shape, unique};
use serde_json::{Value, json};

/// The seed's own example.
pub const REASON: &str = "Production emergency, need to release stuck lock";

/// What approvals tell, besides the event's own members.
pub const APPROVAL_DATA: [&str; 5] = ["approval_id", "workflow", "state", "resource_id", "by"];

/// The server of this mode where every force-release takes an approval. All tests of the binary share it.
pub fn gated(mode: Mode) -> &'static App {
    static EMBEDDED: OnceLock<Result<App, String>> = OnceLock::new();
    static REDIS: OnceLock<Result<App, String>> = OnceLock::new();
    let app = match mode {
        Mode::Embedded => &EMBEDDED,
        Mode::Redis => &REDIS,
    };
    let app = app.get_or_init(|| gated_setup(mode).try_start());
    app.as_ref().unwrap_or_else(|e| panic!("{e}"))
}

/// What such a server is started with.
pub fn gated_setup(mode: Mode) -> Setup {
    Setup::new(mode).variable("force_release_requires_approval", "true")
}

/// An editor with a session on a part of its own.
pub fn holder(app: &App) -> (Seat, Value) {
    let alice = app.seat();
    let session = alice.acquire(&unique::part());
    (alice, session)
}

/// An admin at a workstation.
pub fn admin_seat(app: &App) -> Seat {
    Seat::new(app.user("admin"))
}

/// What a seat's workstation hears, asked for with another token of its user.
pub fn inbox_as(client: Client, seat: &Seat) -> Inbox {
    Inbox::open(client, &seat.workstation)
}

/// Orders the end of a session.
pub fn order(admin: &Client, session: &Value) -> Response {
    order_because(admin, session, REASON)
}

/// Orders the end of a session for another reason.
pub fn order_because(admin: &Client, session: &Value, reason: &str) -> Response {
    let path = paths::of_session(session, "force-release");
    admin.call("DELETE", &path).json(&json!({ "reason": reason })).send()
}

/// Ends a session at once: what became of its draft.
pub fn force(admin: &Client, session: &Value) -> Value {
    let answer = order(admin, session).ok(200);
    assert_eq!(answer["released"], true, "{answer}");
    assert_eq!(answer["session_id"], session["id"], "{answer}");
    answer.get("checkpoint_id").unwrap_or_else(|| panic!("no checkpoint_id in {answer}")).clone()
}

/// Orders the end of a session where that takes an approval: the approval.
pub fn ask(admin: &Client, session: &Value) -> Value {
    let answer = order(admin, session).ok(202);
    assert_eq!(answer["released"], false, "{answer}");
    let approval = answer["approval"].clone();
    shape::approval(&approval);
    approval
}

/// Tries to sign.
pub fn sign(client: &Client, approval: &Value, decision: &str) -> Response {
    client.post(&paths::of_approval(approval, "sign"), &json!({ "decision": decision }))
}

/// Signs with success: the approval as it is then.
pub fn signed(client: &Client, approval: &Value, decision: &str) -> Value {
    let signed = sign(client, approval, decision).ok(200);
    shape::approval(&signed);
    assert_eq!(signed["id"], approval["id"]);
    signed
}

/// Tries to call an approval off.
pub fn cancel(client: &Client, approval: &Value) -> Response {
    client.post_empty(&paths::of_approval(approval, "cancel"))
}

/// Checks that an approval is decided like this, for its reader too.
pub fn assert_decided(client: &Client, approval: &Value, state: &str, outcome: &str) {
    assert_eq!(approval["state"], state, "{approval}");
    assert_eq!(approval["outcome"], outcome, "{approval}");
    assert!(approval.time("completed_at") >= approval.time("created_at"), "{approval}");
    assert_eq!(client.get(&paths::approval(approval)).ok(200), *approval);
}

/// Checks that a session is over for this reason, for its former holder.
pub fn assert_lost(holder: &Seat, session: &Value, reason: &str) {
    assert_eq!(holder.renew(session).expect(410, "session_lost")["reason"], reason);
}

/// The audit rows of one action on one resource.
pub fn audited(admin: &Client, resource: &Value, action: &str) -> Vec<Value> {
    let id = resource.text("id");
    admin.pages(&format!("/api/audit?resource_id={id}&action={action}"), "entries", 100)
}

/// Does two things at the same moment.
pub fn together<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        let other = other();
        (one.join().expect("the first of the two"), other)
    })
}
