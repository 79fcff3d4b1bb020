//! Each button does what it says, and only what the API lets its user do has one.

use baton_tests::{eventually, unique};
use serde_json::json;

use crate::browser::{Browser, button};
use crate::scene::{app, holder, row};

#[test]
fn asking() {
    let app = app();
    let (alice, part, session) = holder(app);
    let bob = app.seat();
    let browser = Browser::of(app, &bob);
    browser.press(&format!("Ask {} for {part}", alice.user));
    browser.fill("dialog textarea", "For the fair, please.");
    // It goes to where parts are edited, not to a browser.
    let chosen = browser.run("return document.querySelector('dialog select').selectedOptions[0].value", &[]);
    assert_eq!(chosen, json!(bob.workstation));
    browser.confirm("Ask");
    browser.shows("#yours", "you asked");
    let [request] = &alice.pages("/api/handoff-requests", "handoff_requests", 10)[..] else { panic!("one request") };
    assert_eq!(request["message"], "For the fair, please.");
    assert_eq!((&request["auto_acquire"], &request["workstation_id"]), (&json!(false), &json!(bob.workstation)));
    assert_eq!(request["session_id"], session["id"]);
}

#[test]
fn taking_a_request_back() {
    let app = app();
    let (_, part, session) = holder(app);
    let bob = app.seat();
    let request = bob.ask(&session);
    let browser = Browser::of(app, &bob);
    browser.press(&format!("Take back the request for {part}"));
    browser.lacks("#yours");
    assert_eq!(bob.request(request["id"].as_str().expect("an id"))["status"], "cancelled");
}

#[test]
fn accepting() {
    let app = app();
    let (alice, part, session) = holder(app);
    let bob = app.seat();
    bob.ask_for_transfer(&session);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Accept {}’s request for {part}", bob.user));
    browser.lacks("#asked-of-you");
    browser.shows(&row(&bob.held(&part)), &bob.user);
}

#[test]
fn declining() {
    let app = app();
    let (alice, part, session) = holder(app);
    let bob = app.seat();
    let request = bob.ask(&session);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Decline {}’s request for {part}", bob.user));
    browser.fill("dialog textarea", "Not before noon.");
    browser.confirm("Decline");
    browser.lacks("#asked-of-you");
    let answered = bob.request(request["id"].as_str().expect("an id"));
    assert_eq!((&answered["status"], &answered["answer"]), (&json!("declined"), &json!("Not before noon.")));
}

#[test]
fn standing_in_line_and_leaving_it() {
    let app = app();
    let (_, part, session) = holder(app);
    let bob = app.seat();
    let browser = Browser::of(app, &bob);
    browser.press(&format!("Stand in line for {part}"));
    browser.confirm("Stand in line");
    browser.shows("#yours", "you stand in line");
    browser.shows(&format!("{} .line", row(&session)), "you");
    let [request] = &bob.pages("/api/handoff-requests", "handoff_requests", 10)[..] else { panic!("one request") };
    assert_eq!(request["auto_acquire"], true);
    browser.press(&format!("Leave the line for {part}"));
    browser.lacks("#yours");
    assert_eq!(bob.request(request["id"].as_str().expect("an id"))["status"], "cancelled");
}

#[test]
fn being_next_in_line() {
    let app = app();
    let (alice, part, session) = holder(app);
    let bob = app.seat();
    let browser = Browser::of(app, &bob);
    browser.press(&format!("Stand in line for {part}"));
    browser.confirm("Stand in line");
    browser.shows("#yours", "you stand in line");
    alice.release(&session);
    browser.shows("#yours", "until");
    browser.shows(&row(&bob.held(&part)), "you");
}

#[test]
fn releasing() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Release {part}"));
    browser.confirm("Release");
    browser.lacks(&row(&session));
    assert!(alice.active(&part).is_empty());
}

#[test]
fn renewing() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Renew {part}"));
    eventually("a renewal", || (alice.held(&part)["renewed_at"] != session["renewed_at"]).then_some(()));
}

#[test]
fn giving() {
    let app = app();
    let (alice, part, _) = holder(app);
    let bob = app.seat();
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Give {part} to somebody"));
    browser.fill("dialog input", &bob.user);
    browser.confirm("Give");
    browser.lacks("#yours");
    bob.held(&part);
}

/// What the API refuses is said where it was asked, and nothing is lost.
#[test]
fn a_refusal_is_told_in_the_dialog() {
    let app = app();
    let (alice, part, _) = holder(app);
    let browser = Browser::of(app, &alice);
    browser.press(&format!("Give {part} to somebody"));
    browser.fill("dialog input", &unique::name("nobody"));
    browser.press_in_dialog("Give");
    eventually("a reason", || browser.text("dialog [role=alert]").filter(|text| !text.is_empty()));
    browser.confirm("Cancel");
    alice.held(&part);
}

/// Whose object is asked for, and who holds the whole part besides, can't hand it over.
#[test]
fn a_refusal_is_told_at_the_top() {
    let (app, part) = (app(), unique::part());
    let (alice, bob) = (app.seat(), app.seat());
    let object = alice.acquire_with(&part, &json!({ "object_id": "Sketch001" }));
    alice.acquire(&part);
    bob.ask_for_transfer(&object);
    let browser = Browser::of(app, &alice);
    let accept = format!("Accept {}’s request for {part}", bob.user);
    browser.press(&accept);
    browser
        .shows("#news", &format!("Couldn’t accept the request for {part}: Another session on this item is in the way"));
    browser.shows(&button(&accept), "Accept");
    browser.press(&format!("Dismiss: {}", browser.text("#news span").expect("a line")));
    browser.lacks("#news li");
}

#[test]
fn a_viewer_has_no_buttons_and_an_editor_none_to_override() {
    let app = app();
    let (_, part, session) = holder(app);
    for (role, buttons) in [("viewer", ""), ("editor", "Ask Stand in line"), ("admin", "Ask Stand in line Override")] {
        let browser = Browser::of(app, &app.user(role));
        browser.shows(&row(&session), &part);
        let shown = browser.text(&format!("{} .actions", row(&session))).unwrap_or_default();
        assert_eq!(shown.split_whitespace().collect::<Vec<_>>().join(" "), buttons, "{role}");
    }
}
