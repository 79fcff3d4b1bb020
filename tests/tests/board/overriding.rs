//! Override, at once or with signatures.

use std::sync::OnceLock;

use baton_tests::{App, Mode, Setup};
use serde_json::json;

use crate::browser::Browser;
use crate::scene::{app, holder, row};

/// The server where every override takes an approval.
fn gated() -> &'static App {
    static APP: OnceLock<App> = OnceLock::new();
    APP.get_or_init(|| Setup::new(Mode::Embedded).variable("force_release_requires_approval", "true").start())
}

#[test]
fn an_override_wants_a_reason_and_ends_the_session() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &app.user("admin"));
    browser.press(&format!("Override {} on {part}", alice.user));
    // Without a reason nothing is asked of the API.
    browser.press_in_dialog("Override");
    alice.held(&part);
    browser.fill("dialog textarea", "The press waits for it.");
    browser.confirm("Override");
    browser.lacks(&row(&session));
    alice.renew(&session).expect(410, "session_lost");
}

#[test]
fn its_holder_is_told() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &alice);
    let admin = app.user("admin");
    let path = baton_tests::paths::of_session(&session, "force-release");
    admin.post(&path, &json!({ "reason": "The press waits for it." })).ok(200);
    browser.shows("#news", &format!("{} overrode your session on {part}: “The press waits for it.”", admin.user));
    browser.lacks(&row(&session));
}

#[test]
fn an_approval_is_told_signed_and_carried_out() {
    let app = gated();
    let (alice, part, session) = holder(app);
    let (admin, second) = (app.user("admin"), app.user("admin"));
    let asking = Browser::of(app, &admin);
    asking.press(&format!("Override {} on {part}", alice.user));
    asking.fill("dialog textarea", "The press waits for it.");
    asking.confirm("Override");
    asking.shows("#news", "waits for an approval");
    asking.shows("#yours", "your override waits for");
    // Who asked doesn't sign, and has no button to.
    asking.lacks("#asked-of-you");
    alice.held(&part);

    let signing = Browser::of(app, &second);
    signing.shows("#asked-of-you", &format!("{} wants to override {}", admin.user, alice.user));
    signing.press(&format!("Sign for the override of {part}"));
    signing.shows("dialog", "The press waits for it.");
    signing.fill("dialog textarea", "Seen.");
    signing.confirm("Approve");
    signing.lacks("#asked-of-you");
    signing.lacks(&row(&session));
    asking.shows("#news", "is approved");
    asking.lacks("#yours");
    alice.renew(&session).expect(410, "session_lost");
}

#[test]
fn a_rejection_leaves_the_session() {
    let app = gated();
    let (alice, part, session) = holder(app);
    let path = baton_tests::paths::of_session(&session, "force-release");
    app.user("admin").post(&path, &json!({ "reason": "Hurry." })).ok(202);
    let signing = Browser::of(app, &app.user("admin"));
    signing.press(&format!("Sign for the override of {part}"));
    signing.confirm("Reject");
    signing.lacks("#asked-of-you");
    alice.held(&part);
}

#[test]
fn who_asked_calls_it_off() {
    let app = gated();
    let (_, part, session) = holder(app);
    let admin = app.user("admin");
    let path = baton_tests::paths::of_session(&session, "force-release");
    let approval = admin.post(&path, &json!({ "reason": "Hurry." })).ok(202)["approval"].clone();
    let browser = Browser::of(app, &admin);
    browser.press(&format!("Call off the override of {part}"));
    browser.lacks("#yours");
    assert_eq!(admin.get(&baton_tests::paths::approval(&approval)).ok(200)["state"], "cancelled");
}
