//! Orders that are refused, whether or not they take an approval.

use baton_tests::{App, Json, Mode, eventually, on_own_app, on_shared_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{REASON, ask, force, gated, holder, order};

on_shared_app!(
    an_unknown_session_is_not_found,
    an_order_takes_a_good_reason,
    an_order_takes_a_body,
    a_session_that_is_over_is_gone,
    an_order_takes_an_admin,
    roles_for_gates_make_no_admin,
    post_does_the_same,
    a_refused_order_changes_nothing,
);
on_own_app!(
    where_it_takes_an_approval_an_unknown_session_is_not_found,
    where_it_takes_an_approval_a_good_reason_is_wanted,
    where_it_takes_an_approval_a_session_that_is_over_is_gone,
    where_it_takes_an_approval_it_takes_an_admin,
);

/// A session that is over for this reason.
fn over(app: &App, reason: &str) -> Value {
    let (alice, part) = (app.seat(), unique::part());
    let ttl = if reason == "expired" { 1 } else { 600 };
    let session = alice.acquire_with(&part, &json!({ "ttl_seconds": ttl }));
    match reason {
        "released" => alice.release(&session),
        "transferred" => drop(alice.accept(&app.seat().ask_for_transfer(&session))),
        _ => eventually("its time is over", || (chrono::Utc::now() > session.time("expires_at")).then_some(())),
    }
    session
}

fn an_unknown_session_is_not_found(app: &App) {
    let admin = app.user("admin");
    let (alice, session) = holder(app);
    let other_part = json!({ "id": session["id"], "part_number": unique::part() });
    let other_id = json!({ "id": unique::uuid(), "part_number": session["part_number"] });
    let no_id = json!({ "id": "no-uuid", "part_number": session["part_number"] });
    for unknown in [other_part, other_id, no_id] {
        order(&admin, &unknown).expect(404, "not_found");
    }
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn an_order_takes_a_good_reason(app: &App) {
    let admin = app.user("admin");
    let (alice, session) = holder(app);
    let path = paths::of_session(&session, "force-release");
    let wrong = [
        json!({}),
        json!({ "reason": null }),
        json!({ "reason": 7 }),
        json!({ "reason": [REASON] }),
        json!({ "reason": "" }),
        json!({ "reason": " \t\r\n " }),
        json!({ "reason": "x".repeat(10_000) }),
        json!({ "reason": "x\0" }),
    ];
    for body in wrong {
        for method in ["DELETE", "POST"] {
            admin.call(method, &path).json(&body).send().invalid("reason");
        }
    }
    assert_eq!(alice.held(session.text("part_number")), session);
    // What counts is characters, not bytes.
    let longest = "ß".repeat(2_000);
    admin.call("DELETE", &path).json(&json!({ "reason": longest })).send().ok(200);
}

fn an_order_takes_a_body(app: &App) {
    let admin = app.user("admin");
    let (alice, session) = holder(app);
    let path = paths::of_session(&session, "force-release");
    for method in ["DELETE", "POST"] {
        admin.call(method, &path).send().expect_one_of(&[400, 415, 422]);
        admin.call(method, &path).body("application/json", "{").send().expect_one_of(&[400]);
        admin.call(method, &path).body("text/plain", REASON).send().expect_one_of(&[415]);
    }
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn a_session_that_is_over_is_gone(app: &App) {
    let admin = app.user("admin");
    for reason in ["released", "transferred", "expired"] {
        let session = over(app, reason);
        assert_eq!(order(&admin, &session).expect(410, "session_lost")["reason"], reason);
    }
    let (_, session) = holder(app);
    force(&admin, &session);
    assert_eq!(order(&admin, &session).expect(410, "session_lost")["reason"], "force_released");
}

fn an_order_takes_an_admin(app: &App) {
    let (alice, session) = holder(app);
    let path = paths::of_session(&session, "force-release");
    let body = json!({ "reason": REASON });
    for client in [alice.as_role("editor"), app.user("editor"), app.user("viewer")] {
        for method in ["DELETE", "POST"] {
            client.call(method, &path).json(&body).send().expect(403, "forbidden");
        }
    }
    let anonymous = app.call("DELETE", &path).json(&body).send();
    anonymous.expect(401, "unauthorized");
    assert!(anonymous.header("www-authenticate").is_some(), "{anonymous}");
    assert_eq!(alice.held(session.text("part_number")), session);
}

/// `roles` is for the gates of workflows alone.
fn roles_for_gates_make_no_admin(app: &App) {
    let (alice, session) = holder(app);
    order(&alice.as_viewer_with(&["admin", "editor"]), &session).expect(403, "forbidden");
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn post_does_the_same(app: &App) {
    let (alice, session) = holder(app);
    let mut inbox = alice.inbox();
    let path = paths::of_session(&session, "force-release");
    let answer = app.user("admin").post(&path, &json!({ "reason": REASON })).ok(200);
    assert_eq!(answer, json!({ "released": true, "session_id": session["id"], "checkpoint_id": null }));
    let events = inbox.expect_all(&["edit.force_released", "edit.session_released"]);
    assert_eq!(events[0]["data"]["reason"], REASON);
}

fn a_refused_order_changes_nothing(app: &App) {
    let ((alice, session), watcher, admin) = (holder(app), app.seat(), app.user("admin"));
    watcher.watch(session.text("part_number"));
    let (mut at_alice, mut at_watcher) = (alice.inbox(), watcher.inbox());
    order(&alice, &session).expect(403, "forbidden");
    admin.delete(&paths::of_session(&session, "force-release")).expect_one_of(&[400, 415, 422]);
    let elsewhere = json!({ "id": session["id"], "part_number": unique::part() });
    order(&admin, &elsewhere).expect(404, "not_found");
    at_alice.expect_nothing_more();
    at_watcher.expect_nothing_more();
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn where_it_takes_an_approval_an_unknown_session_is_not_found(mode: Mode) {
    an_unknown_session_is_not_found(gated(mode));
}

fn where_it_takes_an_approval_a_good_reason_is_wanted(mode: Mode) {
    let app = gated(mode);
    let (_, session) = holder(app);
    let admin = app.user("admin");
    let path = paths::of_session(&session, "force-release");
    for reason in [Value::Null, json!(" "), json!("x".repeat(10_000))] {
        admin.post(&path, &json!({ "reason": reason })).invalid("reason");
    }
    assert_eq!(ask(&admin, &session)["requested_by"], admin.user);
}

fn where_it_takes_an_approval_a_session_that_is_over_is_gone(mode: Mode) {
    let app = gated(mode);
    for reason in ["released", "transferred", "expired"] {
        let session = over(app, reason);
        assert_eq!(order(&app.user("admin"), &session).expect(410, "session_lost")["reason"], reason);
    }
}

fn where_it_takes_an_approval_it_takes_an_admin(mode: Mode) {
    an_order_takes_an_admin(gated(mode));
}
