//! The inbox: what was asked of one, and what was decided.

use baton_tests::Json;

use crate::browser::Browser;
use crate::scene::{app, holder};

#[test]
fn what_was_asked_is_read_once() {
    let app = app();
    let (alice, part, session) = holder(app);
    let bob = app.seat();
    bob.ask(&session);
    let browser = Browser::of(app, &alice);
    let asked = format!("{} asked you for {part}", bob.user);
    browser.shows("#inbox", &asked);
    browser.shows("#inbox .high", "Pressing:");
    browser.shows("#unread", "1 unread");
    browser.press("Mark all as read in the inbox");
    browser.lacks("#inbox:not([hidden])");
    assert_eq!(alice.get("/api/inbox/count").ok(200)["unread"], 0);
    // It comes while one looks, too.
    app.seat().ask(&session);
    browser.shows("#unread", "1 unread");
}

#[test]
fn a_type_is_muted_and_comes_again() {
    let app = app();
    let (alice, _, session) = holder(app);
    app.seat().ask(&session);
    let browser = Browser::of(app, &alice);
    browser.press("Mute entries of the type edit.handoff_requested");
    browser.shows("#inbox", "edit.handoff_requested is muted");
    browser.lacks("#entries li");
    assert_eq!(alice.get("/api/preferences").ok(200).list("muted"), ["edit.handoff_requested"]);
    browser.press("Unmute entries of the type edit.handoff_requested");
    browser.shows("#entries li", "asked you for");
}
