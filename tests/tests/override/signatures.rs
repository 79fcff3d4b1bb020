//! Who may sign, and what a signature does.

use baton_tests::{Json, Mode, on_own_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{ask, assert_decided, assert_lost, cancel, gated, gated_setup, holder, sign, signed};

on_own_app!(
    a_signature_of_another_admin_releases_in_the_same_step,
    a_rejection_keeps_the_session,
    a_signature_stands_with_its_comment,
    who_asked_may_not_sign,
    who_asked_may_sign_where_that_is_allowed,
    who_has_no_gates_role_may_not_sign,
    the_holder_may_sign_with_a_gates_role,
    a_token_names_no_built_in_role,
    a_decided_approval_takes_no_signature,
    a_signature_is_approve_or_reject,
    a_comment_is_text_of_some_length,
);

fn a_signature_of_another_admin_releases_in_the_same_step(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let (requester, signer) = (app.user("admin"), app.user("admin"));
    let approval = ask(&requester, &session);
    let approved = signed(&signer, &approval, "approve");
    assert_decided(&requester, &approved, "approved", "session_released");
    assert_eq!(approved["gates"][0]["status"], "approved");
    assert_eq!(approved["gates"][0]["signatures"][0]["user"], signer.user);
    assert_eq!(alice.active(session.text("part_number")), Vec::<Value>::new());
    assert_lost(&alice, &session, "force_released");
}

fn a_rejection_keeps_the_session(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let requester = app.user("admin");
    let approval = ask(&requester, &session);
    let rejected = signed(&app.user("admin"), &approval, "reject");
    assert_decided(&requester, &rejected, "rejected", "session_kept");
    assert_eq!(rejected["gates"][0]["status"], "rejected");
    assert_eq!(alice.held(session.text("part_number")), session);
    alice.renew(&session).ok(200);
}

fn a_signature_stands_with_its_comment(mode: Mode) {
    let app = gated(mode);
    let signer = app.user("admin");
    for comment in [json!("Gerne \u{1f44d} \"so\" <i>"), Value::Null] {
        let approval = ask(&app.user("admin"), &holder(app).1);
        let body = json!({ "decision": "reject", "comment": comment });
        let rejected = signer.post(&paths::of_approval(&approval, "sign"), &body).ok(200);
        let signatures = rejected["gates"][0].list("signatures");
        assert_eq!(signatures.len(), 1, "{rejected}");
        let signature = &signatures[0];
        assert_eq!(signature["user"], signer.user);
        assert_eq!(signature["decision"], "reject");
        assert_eq!(signature["comment"], comment);
        assert_eq!(signature["signed_at"], rejected["completed_at"]);
    }
}

fn who_asked_may_not_sign(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let admin = app.user("admin");
    let approval = ask(&admin, &session);
    for decision in ["approve", "reject"] {
        sign(&admin, &approval, decision).expect(403, "forbidden");
        sign(&admin.as_viewer_with(&["admin"]), &approval, decision).expect(403, "forbidden");
    }
    assert_eq!(admin.get(&paths::approval(&approval)).ok(200), approval);
    assert_eq!(alice.held(session.text("part_number")), session);
    // Asking again makes nobody else the one who asked.
    let other = app.user("admin");
    assert_eq!(ask(&other, &session)["id"], approval["id"]);
    signed(&other, &approval, "approve");
}

fn who_asked_may_sign_where_that_is_allowed(mode: Mode) {
    let app = gated_setup(mode).variable("approval_allow_self_sign", "true").start();
    let (alice, session) = holder(&app);
    let admin = app.user("admin");
    let approved = signed(&admin, &ask(&admin, &session), "approve");
    assert_decided(&admin, &approved, "approved", "session_released");
    assert_lost(&alice, &session, "force_released");
}

fn who_has_no_gates_role_may_not_sign(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let admin = app.user("admin");
    let approval = ask(&admin, &session);
    let others = [app.user("viewer"), app.user("editor"), app.user("viewer").as_viewer_with(&["quality", "Admin"])];
    for other in others.iter().chain([&*alice]) {
        for decision in ["approve", "reject"] {
            sign(other, &approval, decision).expect(403, "forbidden");
        }
    }
    assert_eq!(admin.get(&paths::approval(&approval)).ok(200), approval);
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn the_holder_may_sign_with_a_gates_role(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    signed(&alice.as_role("admin"), &approval, "approve");
    assert_lost(&alice, &session, "force_released");
}

fn a_token_names_no_built_in_role(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    let named = app.user("viewer").as_viewer_with(&["quality", "admin"]);
    sign(&named, &approval, "approve").expect(403, "forbidden");
    let signer = app.user("admin");
    let approved = signed(&signer, &approval, "approve");
    assert_decided(&signer, &approved, "approved", "session_released");
    assert_lost(&alice, &session, "force_released");
}

fn a_decided_approval_takes_no_signature(mode: Mode) {
    let app = gated(mode);
    let (requester, signer, late) = (app.user("admin"), app.user("admin"), app.user("admin"));
    for state in ["approved", "rejected", "cancelled"] {
        let approval = ask(&requester, &holder(app).1);
        let decided = match state {
            "approved" => signed(&signer, &approval, "approve"),
            "rejected" => signed(&signer, &approval, "reject"),
            _ => cancel(&requester, &approval).ok(200),
        };
        assert_eq!(decided["state"], state);
        for client in [&signer, &late] {
            for decision in ["approve", "reject"] {
                sign(client, &decided, decision).expect(409, "not_pending");
            }
        }
        // Who may not sign at all doesn't become one who may.
        sign(&requester, &decided, "approve").expect(403, "forbidden");
        sign(&app.user("editor"), &decided, "approve").expect(403, "forbidden");
        cancel(&requester, &decided).expect(409, "not_pending");
        assert_eq!(requester.get(&paths::approval(&decided)).ok(200), decided);
    }
}

fn a_signature_is_approve_or_reject(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    let (signer, path) = (app.user("admin"), paths::of_approval(&approval, "sign"));
    let unknown = [Value::Null, json!("abstain"), json!("Approve"), json!(""), json!(true), json!(["approve"])];
    for decision in unknown {
        signer.post(&path, &json!({ "decision": decision })).invalid("decision");
    }
    signer.post(&path, &json!({})).invalid("decision");
    signer.post_empty(&path).expect_one_of(&[400, 415]);
    signer.call("POST", &path).body("application/json", "{").send().expect_one_of(&[400]);
    assert_eq!(signer.get(&paths::approval(&approval)).ok(200), approval);
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn a_comment_is_text_of_some_length(mode: Mode) {
    let app = gated(mode);
    let approval = ask(&app.user("admin"), &holder(app).1);
    let (signer, path) = (app.user("admin"), paths::of_approval(&approval, "sign"));
    for comment in [json!(7), json!([]), json!("x".repeat(2_001)), json!("\0")] {
        signer.post(&path, &json!({ "decision": "approve", "comment": comment })).invalid("comment");
    }
    assert_eq!(signer.get(&paths::approval(&approval)).ok(200), approval);
    // More than 2,000 bytes, and fewer characters.
    let comment = unique::name("ß").repeat(140);
    signer.post(&path, &json!({ "decision": "approve", "comment": comment })).ok(200);
}
