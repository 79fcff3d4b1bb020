//! Asking for an approval, and reading approvals.

use std::slice;

use baton_tests::{Json, Mode, on_own_app, paths, unique};
use serde_json::{Value, json};

use crate::scene::{
    REASON, admin_seat, ask, assert_lost, cancel, gated, gated_setup, holder, order, order_because, signed,
};

on_own_app!(
    an_order_asks_for_an_approval,
    asking_twice_gives_the_same_one,
    asking_again_after_a_decision_gives_another_one,
    each_session_has_its_own_approval,
    everybody_may_read_approvals,
    approvals_are_listed_by_state,
    approvals_come_in_pages,
    unknown_approvals_are_not_found,
    a_release_by_approval_keeps_the_draft,
    a_release_by_approval_serves_the_line,
);

fn an_order_asks_for_an_approval(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let admin = app.user("admin");
    let approval = ask(&admin, &session);
    let expected = json!({
        "id": approval["id"], "workflow": "session-override", "version": 1, "state": "pending",
        "action": "force_release", "resource_type": "edit_session", "resource_id": session["id"],
        "part_number": session["part_number"], "requested_by": admin.user, "reason": REASON,
        "gates": [{ "role": "admin", "label": "Admin Authorization", "required": true, "status": "pending",
                    "signatures": [] }],
        "created_at": approval["created_at"], "completed_at": null, "outcome": null,
    });
    assert_eq!(approval, expected);
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn asking_twice_gives_the_same_one(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let (admin, mut inbox) = (app.user("admin"), alice.inbox());
    let approval = ask(&admin, &session);
    let again = &order_because(&admin, &session, "Now, please").ok(202)["approval"];
    let other = ask(&app.user("admin"), &session);
    for same in ["id", "gates", "requested_by", "created_at", "state"] {
        assert_eq!((&again[same], &other[same]), (&approval[same], &approval[same]), "for another admin too");
    }
    for reason in [approval.text("reason"), "Now, please"] {
        assert!(other.text("reason").contains(reason), "every reason is kept: {other}");
    }
    inbox.expect("approval.created", &[]);
    inbox.expect_nothing_more();
}

fn asking_again_after_a_decision_gives_another_one(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let admin = app.user("admin");
    let rejected = ask(&admin, &session);
    signed(&app.user("admin"), &rejected, "reject");
    let cancelled = ask(&admin, &session);
    assert_ne!(cancelled["id"], rejected["id"]);
    cancel(&admin, &cancelled).ok(200);
    let approved = ask(&admin, &session);
    assert_ne!(approved["id"], cancelled["id"]);
    signed(&app.user("admin"), &approved, "approve");
    assert_lost(&alice, &session, "force_released");
    assert_eq!(order(&admin, &session).expect(410, "session_lost")["reason"], "force_released");
}

fn each_session_has_its_own_approval(mode: Mode) {
    let app = gated(mode);
    let (alice, part, admin) = (app.seat(), unique::part(), app.user("admin"));
    let one = alice.acquire_with(&part, &json!({ "object_id": "A" }));
    let other = alice.acquire_with(&part, &json!({ "object_id": "B" }));
    let (approval, pending) = (ask(&admin, &one), ask(&admin, &other));
    assert_ne!(approval["id"], pending["id"]);
    signed(&app.user("admin"), &approval, "approve");
    assert_eq!(alice.held(&part), other);
    assert_eq!(admin.get(&paths::approval(&pending)).ok(200), pending);
}

fn everybody_may_read_approvals(mode: Mode) {
    let app = gated(mode);
    let approval = ask(&app.user("admin"), &holder(app).1);
    for role in ["viewer", "editor", "admin"] {
        assert_eq!(app.user(role).get(&paths::approval(&approval)).ok(200), approval);
    }
    for path in ["/api/approvals", "/api/workflows", "/api/workflows/session-override"] {
        app.user("viewer").get(path).ok(200);
        app.call("GET", path).send().expect(401, "unauthorized");
    }
    app.call("GET", &paths::approval(&approval)).send().expect(401, "unauthorized");
    app.call("POST", &paths::of_approval(&approval, "cancel")).send().expect(401, "unauthorized");
    let signature = json!({ "decision": "approve" });
    let unsigned = app.call("POST", &paths::of_approval(&approval, "sign")).json(&signature).send();
    unsigned.expect(401, "unauthorized");
}

fn approvals_are_listed_by_state(mode: Mode) {
    let app = gated_setup(mode).start();
    let (admin, signer) = (app.user("admin"), app.user("admin"));
    let ask = || ask(&admin, &holder(&app).1);
    let (pending, approved, rejected, cancelled) = (ask(), ask(), ask(), ask());
    let approved = signed(&signer, &approved, "approve");
    let rejected = signed(&signer, &rejected, "reject");
    let cancelled = cancel(&admin, &cancelled).ok(200);
    let listed = |query: &str| admin.pages(&format!("/api/approvals{query}"), "approvals", 100);
    let all = [pending, approved, rejected, cancelled];
    for (state, approval) in ["pending", "approved", "rejected", "cancelled"].iter().zip(&all) {
        assert_eq!(listed(&format!("?state={state}")), slice::from_ref(approval));
    }
    assert_eq!(listed("?state=draft"), Vec::<Value>::new());
    assert_eq!(listed(""), all);
}

fn approvals_come_in_pages(mode: Mode) {
    let app = gated_setup(mode).start();
    let (admin, signer) = (app.user("admin"), app.user("admin"));
    let mut approvals: Vec<Value> = (0..7).map(|_| ask(&admin, &holder(&app).1)).collect();
    approvals[3] = signed(&signer, &approvals[3], "reject");
    for limit in [1, 2, 3, 7, 8] {
        assert_eq!(admin.pages("/api/approvals", "approvals", limit), approvals);
    }
    approvals.remove(3);
    assert_eq!(admin.pages("/api/approvals?state=pending", "approvals", 2), approvals);
    for query in ["limit=0", "limit=1001", "limit=x", "after=x"] {
        admin.get(&format!("/api/approvals?{query}")).expect_one_of(&[400]);
    }
}

fn unknown_approvals_are_not_found(mode: Mode) {
    let app = gated(mode);
    let admin = app.user("admin");
    for id in [unique::uuid(), "no-uuid".to_owned()] {
        let unknown = json!({ "id": id });
        admin.get(&paths::approval(&unknown)).expect(404, "not_found");
        cancel(&admin, &unknown).expect(404, "not_found");
        let signature = json!({ "decision": "approve" });
        admin.post(&paths::of_approval(&unknown, "sign"), &signature).expect(404, "not_found");
    }
    admin.get("/api/workflows/no-such-workflow").expect(404, "not_found");
}

fn a_release_by_approval_keeps_the_draft(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    // What counts is the draft at the end, not the one when the approval was asked for.
    for draft in ["first", "second"] {
        let path = paths::of_session(&session, "draft");
        alice.call("PUT", &path).body("text/plain", draft).send().ok(204);
    }
    let mut inbox = alice.inbox();
    signed(&app.user("admin"), &approval, "approve");
    let kinds = [
        "approval.signed",
        "approval.completed",
        "edit.force_released",
        "edit.checkpoint_created",
        "edit.session_released",
    ];
    let events = inbox.expect_all(&kinds);
    let checkpoint = events[2]["data"].text("checkpoint_id");
    assert_eq!(events[3]["data"]["checkpoint_id"], checkpoint);
    let path = format!("{}/checkpoints/{checkpoint}/content", paths::item(session.text("part_number")));
    assert_eq!(alice.get(&path).body, b"second");
}

fn a_release_by_approval_serves_the_line(mode: Mode) {
    let app = gated(mode);
    let ((_, session), bob) = (holder(app), app.seat());
    let request = bob.stand_in_line(&session);
    let approval = ask(&admin_seat(app), &session);
    signed(&app.user("admin"), &approval, "approve");
    let next = bob.held(session.text("part_number"));
    assert!(next.int("fence") > session.int("fence"));
    assert_eq!(bob.request(request.text("id"))["status"], "granted");
}
