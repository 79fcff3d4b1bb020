//! Workflows of an operator's own: several gates, files that can't be used, files that change.

use std::sync::OnceLock;

use baton_tests::{App, Client, Json, Mode, Seat, on_own_app, paths};
use serde_json::{Value, json};

use crate::files::{BROKEN, Copy, LEADS, NEXT_VERSION, TWO_KEYS};
use crate::scene::{admin_seat, ask, assert_decided, assert_lost, holder, inbox_as, order, sign, signed};

on_own_app!(
    two_required_gates_take_both_roles,
    the_gates_may_be_signed_in_any_order,
    an_optional_gate_holds_nothing_up,
    an_optional_gate_may_reject,
    one_user_signs_once,
    a_passed_gate_takes_another_signature,
    whoever_polls_with_a_gates_role_hears_of_it,
    leads_of_a_part_sign_the_gate_for_leads,
    broken_files_are_refused_with_their_place,
    a_broken_workflow_stops_nothing_but_its_own_approvals,
    an_unknown_workflow_is_the_operators_mistake,
    an_approval_goes_on_under_its_version,
    an_approval_outlives_its_file,
);

/// The server of this mode that wants quality and an admin to sign. All tests of the binary share it.
pub fn two_keys(mode: Mode) -> &'static App {
    static EMBEDDED: OnceLock<Result<(App, Copy), String>> = OnceLock::new();
    static REDIS: OnceLock<Result<(App, Copy), String>> = OnceLock::new();
    let app = match mode {
        Mode::Embedded => &EMBEDDED,
        Mode::Redis => &REDIS,
    };
    let start = || {
        let copy = Copy::with(&[("two-keys.yaml", TWO_KEYS)]);
        copy.try_start(mode, "two-keys").map(|app| (app, copy))
    };
    &app.get_or_init(start).as_ref().unwrap_or_else(|e| panic!("{e}")).0
}

/// Somebody whose signature stands for this gate.
pub fn signer(app: &App, role: &str) -> Client {
    if role == "admin" { app.user("admin") } else { app.user("viewer").as_viewer_with(&[role]) }
}

/// The status of each gate, in the workflow's order.
fn gates(approval: &Value) -> Vec<&str> {
    approval.list("gates").iter().map(|gate| gate.text("status")).collect()
}

fn assert_takes_both(mode: Mode, order: [&str; 2], between: [&str; 3]) {
    let app = two_keys(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    assert_eq!((approval["workflow"].clone(), approval["version"].clone()), (json!("two-keys"), json!(3)));
    let half = signed(&signer(app, order[0]), &approval, "approve");
    assert_eq!((half["state"].clone(), half["completed_at"].clone()), (json!("pending"), Value::Null));
    assert_eq!(gates(&half), between);
    assert_eq!(alice.held(session.text("part_number")), session);
    let whole = signed(&signer(app, order[1]), &approval, "approve");
    assert_decided(&alice, &whole, "granted", "session_released");
    assert_eq!(gates(&whole), ["approved", "approved", "pending"]);
    assert_lost(&alice, &session, "force_released");
}

fn two_required_gates_take_both_roles(mode: Mode) {
    assert_takes_both(mode, ["quality", "admin"], ["approved", "pending", "pending"]);
}

fn the_gates_may_be_signed_in_any_order(mode: Mode) {
    assert_takes_both(mode, ["admin", "quality"], ["pending", "approved", "pending"]);
}

fn an_optional_gate_holds_nothing_up(mode: Mode) {
    let app = two_keys(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    for role in ["safety", "quality"] {
        assert_eq!(signed(&signer(app, role), &approval, "approve")["state"], "pending");
    }
    assert_eq!(alice.held(session.text("part_number")), session);
    let whole = signed(&signer(app, "admin"), &approval, "approve");
    assert_eq!(gates(&whole), ["approved", "approved", "approved"]);
    assert_lost(&alice, &session, "force_released");
}

fn an_optional_gate_may_reject(mode: Mode) {
    let app = two_keys(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    signed(&signer(app, "quality"), &approval, "approve");
    let refused = signed(&signer(app, "safety"), &approval, "reject");
    assert_decided(&alice, &refused, "refused", "session_kept");
    assert_eq!(gates(&refused), ["approved", "pending", "rejected"]);
    sign(&signer(app, "admin"), &approval, "approve").expect(409, "not_pending");
    assert_eq!(alice.held(session.text("part_number")), session);
}

/// Two keys are two people, whatever roles one of them has.
fn one_user_signs_once(mode: Mode) {
    let app = two_keys(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    let both = app.user("viewer").as_viewer_with(&["quality", "admin"]);
    let half = signed(&both, &approval, "approve");
    assert_eq!(gates(&half).iter().filter(|status| **status == "approved").count(), 1, "{half}");
    for decision in ["approve", "reject"] {
        sign(&both, &approval, decision).expect(409, "already_signed");
        sign(&both.as_role("admin"), &approval, decision).expect(409, "already_signed");
    }
    assert_eq!(both.get(&paths::approval(&approval)).ok(200), half);
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn a_passed_gate_takes_another_signature(mode: Mode) {
    let app = two_keys(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    let (one, other) = (signer(app, "quality"), signer(app, "quality"));
    signed(&one, &approval, "approve");
    let refused = signed(&other, &approval, "reject");
    assert_decided(&alice, &refused, "refused", "session_kept");
    let users: Vec<&str> = refused["gates"][0].list("signatures").iter().map(|s| s.text("user")).collect();
    assert_eq!(users, [&one.user, &other.user]);
}

fn whoever_polls_with_a_gates_role_hears_of_it(mode: Mode) {
    let app = Copy::with(&[("two-keys.yaml", TWO_KEYS)]);
    let app = app.start(mode, "two-keys");
    let (quality, safety, admin, stranger) = (app.seat(), app.seat(), admin_seat(&app), app.seat());
    let mut concerned = [
        inbox_as(quality.as_viewer_with(&["quality"]), &quality),
        inbox_as(safety.as_viewer_with(&["painting", "safety"]), &safety),
        admin.inbox(),
    ];
    let mut at_stranger = inbox_as(stranger.as_viewer_with(&["painting", "Quality"]), &stranger);
    let approval = ask(&app.user("admin"), &holder(&app).1);
    signed(&signer(&app, "quality"), &approval, "approve");
    signed(&signer(&app, "admin"), &approval, "approve");
    for inbox in &mut concerned {
        for (kind, state) in [("created", "pending"), ("signed", "pending")] {
            assert_eq!(inbox.expect(&format!("approval.{kind}"), &[])["data"]["state"], state);
        }
        let last = inbox.expect_all(&["approval.signed", "approval.completed"]);
        assert_eq!(last[1]["data"]["state"], "granted");
        assert_eq!(last[1]["data"]["approval_id"], approval["id"]);
        inbox.expect_nothing_more();
    }
    at_stranger.expect_nothing_more();
}

/// Contract, "Teams and access".
fn leads_of_a_part_sign_the_gate_for_leads(mode: Mode) {
    let copy = Copy::with(&[("leads.yaml", LEADS)]);
    let app = copy.start(mode, "leads");
    let (root, lea) = (app.named("root", "admin"), Seat::new(app.named("lea", "viewer")));
    let (eddy, session) = holder(&app);
    let put = |path: &str, body: &Value| root.call("PUT", path).json(body).send();
    put("/api/teams/others", &json!({ "members": [{ "user": "otto", "lead": true }] })).ok(201);
    put("/api/teams/ours", &json!({ "members": [{ "user": "lea", "lead": true }, { "user": eddy.user }] })).ok(201);
    let approval = ask(&root, &session);
    sign(&lea, &approval, "approve").expect(403, "forbidden");
    let rule = |team: &str| json!({ "prefix": session["part_number"], "team": team, "may": "lead" });
    put("/api/access", &json!({ "default": "edit", "rules": [rule("ours")] })).ok(200);
    let mut heard = lea.inbox();
    let approval = ask(&app.named("boss", "admin"), &session);
    sign(&eddy, &approval, "approve").expect(403, "forbidden");
    sign(&app.named("otto", "editor"), &approval, "approve").expect(404, "not_found");
    let whole = signed(&lea, &approval, "approve");
    assert_eq!(whole["gates"][0]["signatures"][0]["user"], "lea");
    assert_decided(&eddy, &whole, "approved", "session_released");
    assert_eq!(heard.take()["type"], "approval.signed");
    // A later approval is announced to the leads, too.
    let next = eddy.acquire(session.text("part_number"));
    ask(&root, &next);
    heard.expect_all(&["approval.completed", "approval.created"]);
}

fn broken_files_are_refused_with_their_place(mode: Mode) {
    let files = [("broken.yaml", BROKEN), ("unclosed.yaml", "workflow: ["), ("two-keys.yaml", TWO_KEYS)];
    let app = Copy::with(&files).start(mode, "two-keys");
    let viewer = app.user("viewer");
    let all = viewer.get("/api/workflows").ok(200);
    let names: Vec<&str> = all.list("workflows").iter().map(|workflow| workflow.text("name")).collect();
    assert_eq!(names, ["session-override", "two-keys"]);
    let refused = all.list("refused");
    assert_eq!(refused.len(), 2, "{all}");
    assert_eq!((&refused[0]["file"], &refused[0]["line"]), (&json!("broken.yaml"), &json!(10)), "{all}");
    assert!(refused[0].text("detail").contains("declined"), "{all}");
    assert_eq!((&refused[1]["file"], &refused[1]["line"]), (&json!("unclosed.yaml"), &json!(1)), "{all}");
    let problem = viewer.get("/api/workflows/broken").expect(503, "workflow_invalid");
    assert_eq!((&problem["file"], &problem["line"]), (&json!("broken.yaml"), &json!(10)), "{problem}");
    assert!(problem.text("detail").contains("declined"), "{problem}");
    viewer.get("/api/workflows/unclosed").expect(503, "workflow_invalid");
    assert_eq!(viewer.get("/api/workflows/two-keys").ok(200)["version"], 3);
    ask(&app.user("admin"), &holder(&app).1);
}

fn a_broken_workflow_stops_nothing_but_its_own_approvals(mode: Mode) {
    let app = Copy::with(&[("broken.yaml", BROKEN)]).start(mode, "broken");
    let (alice, session) = holder(&app);
    let mut inbox = alice.inbox();
    let problem = order(&app.user("admin"), &session).expect(503, "workflow_invalid");
    assert_eq!((&problem["file"], &problem["line"]), (&json!("broken.yaml"), &json!(10)), "{problem}");
    inbox.expect_nothing_more();
    assert_eq!(alice.held(session.text("part_number")), session);
    alice.release(&session);
    app.seat().acquire(session.text("part_number"));
    app.call("GET", "/readyz").send().ok(200);
    alice.get("/api/workflows/session-override").ok(200);
    assert_eq!(alice.get("/api/approvals").ok(200)["approvals"], json!([]));
}

fn an_unknown_workflow_is_the_operators_mistake(mode: Mode) {
    let app = Copy::with(&[]).start(mode, "no-such-workflow");
    let (alice, session) = holder(&app);
    let problem = order(&app.user("admin"), &session).expect_one_of(&[503]);
    assert!(problem.text("detail").contains("no-such-workflow"), "{problem}");
    assert_eq!(alice.held(session.text("part_number")), session);
}

fn an_approval_goes_on_under_its_version(mode: Mode) {
    let copy = Copy::with(&[]);
    let app = copy.start(mode, "session-override");
    let (alice, session) = holder(&app);
    let approval = ask(&app.user("admin"), &session);
    app.terminate();
    copy.write("session-override.yaml", NEXT_VERSION);
    app.start_again();
    assert_eq!(alice.get("/api/workflows/session-override").ok(200)["version"], 2);
    let approved = signed(&app.user("admin"), &approval, "approve");
    assert_decided(&alice, &approved, "approved", "session_released");
    assert_eq!(approved["version"], 1);
    let next = ask(&app.user("admin"), &holder(&app).1);
    assert_eq!((next["version"].clone(), next.list("gates").len()), (json!(2), 2));
}

fn an_approval_outlives_its_file(mode: Mode) {
    let copy = Copy::with(&[]);
    let app = copy.start(mode, "session-override");
    let (alice, session) = holder(&app);
    let approval = ask(&app.user("admin"), &session);
    app.terminate();
    copy.write("session-override.yaml", "workflow: [");
    app.start_again();
    order(&app.user("admin"), &session).expect(503, "workflow_invalid");
    let approved = signed(&app.user("admin"), &approval, "approve");
    assert_decided(&alice, &approved, "approved", "session_released");
    assert_lost(&alice, &session, "force_released");
}
