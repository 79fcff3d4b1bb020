//! The acceptance criteria of the seed's issue on force-release, each by its name.

use std::fs;

use baton_tests::{App, Json, Mode, Setup, Sse, on_own_app, on_shared_app, paths, repo, unique};
use serde_json::{Value, json};

use crate::scene::{
    REASON, admin_seat, ask, assert_lost, audited, force, gated, gated_setup, holder, order, order_because, sign,
    signed,
};

on_shared_app!(
    delete_force_release_releases_session_admin_only,
    force_release_creates_audit_log_entry_with_reason,
    edit_force_released_sse_event_delivered_to_holder,
    session_override_yaml_workflow_definition_included,
);
on_own_app!(
    optional_force_release_creates_approval_and_waits_for_sign_off_before_releasing,
    config_toggle_between_direct_and_approval_gated_force_release,
    the_audit_entry_names_the_approval,
    routes_return_404_when_sessions_module_disabled,
);

fn delete_force_release_releases_session_admin_only(app: &App) {
    let (alice, session) = holder(app);
    for role in ["viewer", "editor"] {
        order(&app.user(role), &session).expect(403, "forbidden");
    }
    assert_eq!(alice.held(session.text("part_number")), session);
    force(&app.user("admin"), &session);
    assert_eq!(alice.active(session.text("part_number")), Vec::<Value>::new());
    assert_lost(&alice, &session, "force_released");
}

fn force_release_creates_audit_log_entry_with_reason(app: &App) {
    let (alice, session) = holder(app);
    let admin = app.user("admin");
    force(&admin, &session);
    let entries = audited(&admin, &session, "edit.force_released");
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!(entry["actor"], admin.user);
    assert_eq!(entry["resource_type"], "edit_session");
    assert_eq!(entry["part_number"], session["part_number"]);
    assert_eq!(entry["details"]["admin"], admin.user);
    assert_eq!(entry["details"]["reason"], REASON);
    assert_eq!(entry["details"]["holder"], alice.user);
    assert_eq!(entry["details"]["approval_id"], Value::Null);
}

fn edit_force_released_sse_event_delivered_to_holder(app: &App) {
    let (alice, session) = holder(app);
    let cursor = alice.cursor(&alice.workstation);
    let path = format!("/api/events?workstation_id={}&after={cursor}", alice.workstation);
    let stream = Sse::open(alice.call("GET", &path));
    let admin = app.user("admin");
    order_because(&admin, &session, "Production emergency").ok(200);
    let (_, event) = stream.event();
    assert_eq!(event["type"], "edit.force_released");
    let data = json!({
        "item_id": session["item_id"], "part_number": session["part_number"], "session_id": session["id"],
        "admin": admin.user, "reason": "Production emergency", "original_holder": alice.user, "checkpoint_id": null,
    });
    assert_eq!(event["data"], data);
}

/// The file of the seed, to the letter, and what the server makes of it.
fn session_override_yaml_workflow_definition_included(app: &App) {
    let file = fs::read_to_string(repo().join("workflows/session-override.yaml")).expect("the file is there");
    let lines: Vec<&str> = file.lines().map(str::trim_end).collect();
    let seed = [
        "workflow:",
        "  name: session-override",
        "  version: 1",
        "  description: \"Approval required before force-releasing an edit session\"",
        "  states: [draft, pending, approved, rejected]",
        "  gates:",
        "    - role: admin",
        "      label: \"Admin Authorization\"",
        "      required: true",
        "  rules:",
        "    any_reject: rejected",
        "    all_required_approve: approved",
    ];
    assert_eq!(lines, seed);
    let workflow = app.user("viewer").get("/api/workflows/session-override").ok(200);
    let expected = json!({
        "name": "session-override", "version": 1,
        "description": "Approval required before force-releasing an edit session",
        "states": ["draft", "pending", "approved", "rejected"],
        "gates": [{ "role": "admin", "label": "Admin Authorization", "required": true }],
        "rules": { "any_reject": "rejected", "all_required_approve": "approved" },
    });
    assert_eq!(workflow, expected);
}

fn optional_force_release_creates_approval_and_waits_for_sign_off_before_releasing(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let approval = ask(&app.user("admin"), &session);
    alice.renew(&session).ok(200);
    let listed = app.user("viewer").get(&paths::approval(&approval)).ok(200);
    assert_eq!(listed, approval);
    let approved = signed(&app.user("admin"), &approval, "approve");
    assert_eq!(approved["state"], "approved");
    assert_lost(&alice, &session, "force_released");
}

/// One session, and only the variable in between.
fn config_toggle_between_direct_and_approval_gated_force_release(mode: Mode) {
    const VARIABLE: &str = "SPIN_VARIABLE_FORCE_RELEASE_REQUIRES_APPROVAL";
    let app = Setup::new(mode).environment(VARIABLE, "true").start();
    let (alice, session) = holder(&app);
    let admin = app.user("admin");
    let approval = ask(&admin, &session);
    app.terminate();
    app.start_again_in(&[(VARIABLE, "false")]);
    force(&admin, &session);
    assert_lost(&alice, &session, "force_released");
    sign(&app.user("admin"), &approval, "approve").expect(409, "not_pending");
    let approval = admin.get(&paths::approval(&approval)).ok(200);
    assert_eq!((&approval["state"], &approval["outcome"]), (&json!("cancelled"), &json!("session_over")));
}

fn the_audit_entry_names_the_approval(mode: Mode) {
    let app = gated(mode);
    let (alice, session) = holder(app);
    let (requester, signer) = (app.user("admin"), admin_seat(app));
    let approval = ask(&requester, &session);
    assert_eq!(audited(&requester, &session, "edit.force_released"), Vec::<Value>::new());
    signed(&signer, &approval, "approve");
    let entries = audited(&requester, &session, "edit.force_released");
    assert_eq!(entries.len(), 1, "{entries:?}");
    let details = &entries[0]["details"];
    assert_eq!(details["approval_id"], approval["id"]);
    assert_eq!(details["admin"], requester.user, "by whose order: {details}");
    assert_eq!(details["holder"], alice.user);
    assert_eq!(details["reason"], REASON);
    assert_eq!(entries[0]["actor"], signer.user, "whose act it was");
}

fn routes_return_404_when_sessions_module_disabled(mode: Mode) {
    let app = gated_setup(mode).variable("sessions_enabled", "false").start();
    let admin = app.user("admin");
    let nothing = json!({ "id": unique::uuid(), "part_number": "F01-0001" });
    let disabled = |method: &str, path: &str| {
        admin.call(method, path).json(&json!({ "reason": REASON })).send().expect(404, "module_disabled");
    };
    disabled("DELETE", &paths::of_session(&nothing, "force-release"));
    disabled("POST", &paths::of_session(&nothing, "force-release"));
    disabled("GET", "/api/approvals");
    disabled("GET", &paths::approval(&nothing));
    disabled("POST", &paths::of_approval(&nothing, "sign"));
    disabled("POST", &paths::of_approval(&nothing, "cancel"));
    disabled("GET", "/api/workflows");
    disabled("GET", "/api/workflows/session-override");
}
