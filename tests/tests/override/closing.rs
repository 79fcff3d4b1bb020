//! Calling an approval off, and what becomes of one whose session ends.

use baton_tests::{App, Client, Json, Mode, eventually, on_own_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{ask, assert_decided, assert_lost, audited, cancel, gated, holder, sign, signed};

on_own_app!(
    who_asked_calls_it_off,
    who_asked_calls_it_off_without_the_role_too,
    another_admin_calls_it_off,
    nobody_else_calls_it_off,
    calling_off_twice_is_refused,
    a_released_session_is_over,
    an_expired_session_is_over,
    a_transferred_session_is_over,
);

fn assert_called_off(app: &App, canceller: &dyn Fn(&Client) -> Client) {
    let (alice, session) = holder(app);
    let requester = app.user("admin");
    let approval = ask(&requester, &session);
    let cancelled = cancel(&canceller(&requester), &approval).ok(200);
    assert_decided(&requester, &cancelled, "cancelled", "session_kept");
    assert_eq!(alice.held(session.text("part_number")), session);
    sign(&app.user("admin"), &approval, "approve").expect(409, "not_pending");
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn who_asked_calls_it_off(mode: Mode) {
    assert_called_off(gated(mode), &Client::clone);
}

fn who_asked_calls_it_off_without_the_role_too(mode: Mode) {
    assert_called_off(gated(mode), &|requester| requester.as_role("viewer"));
}

fn another_admin_calls_it_off(mode: Mode) {
    assert_called_off(gated(mode), &|_| gated(mode).user("admin"));
}

fn nobody_else_calls_it_off(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    let named = app.user("viewer").as_viewer_with(&["admin"]);
    for other in [&*alice, &app.user("viewer"), &app.user("editor"), &named] {
        cancel(other, &approval).expect(403, "forbidden");
    }
    signed(&app.user("admin"), &approval, "approve");
}

fn calling_off_twice_is_refused(mode: Mode) {
    let app = gated(mode);
    let requester = app.user("admin");
    let approval = ask(&requester, &holder(app).1);
    cancel(&requester, &approval).ok(200);
    cancel(&requester, &approval).expect(409, "not_pending");
    cancel(&app.user("admin"), &approval).expect(409, "not_pending");
    cancel(&app.user("viewer"), &approval).expect(403, "forbidden");
}

/// With its session the approval is closed, and a signature comes too late: whatever became of the session stays as it is.
fn assert_closed(app: &App, session: &Value, approval: &Value) {
    let signer = app.user("admin");
    let part = session.text("part_number");
    let closed = signer.get(&paths::approval(approval)).ok(200);
    assert_decided(&signer, &closed, "cancelled", "session_over");
    let before = signer.active(part);
    for decision in ["approve", "reject"] {
        sign(&signer, approval, decision).expect(409, "not_pending");
    }
    cancel(&signer, approval).expect(409, "not_pending");
    assert_eq!(signer.get(&paths::approval(approval)).ok(200), closed);
    assert_eq!(signer.active(part), before);
    assert_eq!(audited(&signer, session, "edit.force_released"), Vec::<Value>::new());
}

fn a_released_session_is_over(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    alice.release(&session);
    // The same part, and yet another session.
    let next = app.seat();
    next.acquire(session.text("part_number"));
    assert_closed(app, &session, &approval);
    next.held(session.text("part_number"));
}

fn an_expired_session_is_over(mode: Mode) {
    let app = gated(mode);
    let alice = app.seat();
    let session = alice.acquire_with(&unique::part(), &json!({ "ttl_seconds": 3 }));
    let approval = ask(&app.user("admin"), &session);
    eventually("its time is over", || (chrono::Utc::now() > session.time("expires_at")).then_some(()));
    assert_lost(&alice, &session, "expired");
    assert_closed(app, &session, &approval);
}

fn a_transferred_session_is_over(mode: Mode) {
    let app = gated(mode);
    let ((alice, session), bob) = (holder(app), app.seat());
    let approval = ask(&app.user("admin"), &session);
    alice.accept(&bob.ask_for_transfer(&session));
    assert_closed(app, &session, &approval);
    bob.held(session.text("part_number"));
    assert_lost(&alice, &session, "transferred");
}
