//! `force-release`, `approvals`, `sign`.

use baton_tests::{App, Json, Mode, Setup, on_own_app, on_shared_app, unique};
use serde_json::json;

use super::home::Home;

on_shared_app!(an_admin_ends_a_session);
on_own_app!(an_override_is_signed);

fn an_admin_ends_a_session(app: &App) {
    let (admin, alice, part) = (Home::new(app, "admin"), app.seat(), unique::part());
    admin.ends(1, &["force-release", &part, "--reason", "on leave"]);
    alice.acquire(&part);
    let released = admin.document(0, &["force-release", &part, "--reason", "on leave"]);
    assert_eq!(released["released"], true);
    assert!(alice.active(&part).is_empty());
}

fn an_override_is_signed(mode: Mode) {
    let app = Setup::new(mode)
        .variable("force_release_requires_approval", "true")
        .variable("approval_allow_self_sign", "true")
        .start();
    let (admin, alice, part) = (Home::new(&app, "admin"), app.seat(), unique::part());
    assert!(admin.ends(0, &["approvals"]).out.contains("nothing to sign"));
    alice.acquire(&part);
    let asked = admin.ends(0, &["force-release", &part, "--reason", "on leave"]);
    assert!(asked.out.contains(&format!("baton sign {part}")), "{asked:?}");
    assert_eq!(alice.active(&part).len(), 1, "released without a signature");
    let pending = admin.ends(0, &["approvals"]);
    assert!(pending.out.contains(&part) && pending.out.contains("on leave"), "{pending:?}");
    // Who may not, and what isn't there.
    let viewer = Home::new(&app, "viewer");
    assert_eq!(viewer.document(1, &["sign", &part, "approve"])["status"], 403);
    admin.ends(1, &["sign", "F99", "approve"]);
    let signed = admin.document(0, &["sign", &part, "reject", "--comment", "she is back"]);
    assert_eq!(signed["state"], "rejected");
    assert_eq!(alice.active(&part).len(), 1);
    admin.ends(1, &["sign", &part, "approve"]);
    let all = admin.document(0, &["approvals", "--all"]);
    assert_eq!(all.list("approvals")[0]["gates"][0]["signatures"][0]["comment"], json!("she is back"));
}
