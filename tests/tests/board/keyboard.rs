//! All of it without a mouse.

use baton_tests::eventually;
use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Browser, WIDE};
use crate::scene::{app, holder};

/// What is read out of what has the focus.
const FOCUS: &str =
    "const active = document.activeElement; return active.getAttribute('aria-label') ?? active.innerText";

fn focus(browser: &Browser) -> String {
    browser.run(FOCUS, &[]).as_str().unwrap_or_default().to_owned()
}

/// Goes on from field to field until this has the focus.
fn tab_to(browser: &Browser, name: &str) {
    let mut seen = Vec::new();
    while focus(browser) != name {
        assert!(seen.len() < 100, "no way to {name:?}: {seen:?}");
        seen.push(focus(browser));
        browser.key(Key::Tab);
    }
}

#[test]
fn a_part_is_asked_for_and_the_focus_comes_back() {
    let app = app();
    let (alice, part, _) = holder(app);
    let bob = app.seat();
    let browser = Browser::start(app, WIDE);
    browser.open("/");
    browser.keys(&bob.token);
    browser.key(Key::Enter);
    browser.is_live();
    // The filter leaves one row to go through.
    browser.run("document.querySelector('#filter').focus()", &[]);
    browser.keys(&part);
    browser.shows("#count", "1 of");
    let ask = format!("Ask {} for {part}", alice.user);
    tab_to(&browser, &ask);
    // Escape closes the dialog, and the focus is where it was.
    browser.key(Key::Enter);
    browser.shows("dialog", &part);
    browser.key(Key::Escape);
    browser.lacks("dialog");
    assert_eq!(focus(&browser), ask);
    browser.key(Key::Enter);
    browser.shows("dialog", &part);
    tab_to(&browser, "Ask");
    browser.key(Key::Enter);
    browser.lacks("dialog");
    eventually("a request", || {
        (!alice.pages("/api/handoff-requests", "handoff_requests", 10).is_empty()).then_some(())
    });
    // The button has gone with what it did: the focus stays in its row.
    browser.shows("#yours", &part);
    let row = browser.run("return document.activeElement.closest('tr')?.innerText ?? null", &[]);
    assert!(row.as_str().is_some_and(|row| row.contains(&part)), "the focus is in {row}");
}

/// Who has just answered a request, and presses once more, doesn't answer the next one.
#[test]
fn a_key_pressed_twice_answers_one_request() {
    let app = app();
    let (alice, part, session) = holder(app);
    let other = alice.acquire(&baton_tests::unique::part());
    let bob = app.seat();
    bob.ask_for_transfer(&session);
    let second = bob.ask_for_transfer(&other);
    let browser = Browser::of(app, &alice);
    let accept = format!("Accept {}’s request for {part}", bob.user);
    browser.shows(&crate::browser::button(&accept), "Accept");
    browser.run("document.querySelector(arguments[0]).focus()", &[json!(crate::browser::button(&accept))]);
    browser.key(Key::Enter);
    eventually("the first is bob's", || {
        (!bob.active(&part).is_empty() && bob.active(&part)[0]["user"] == bob.user.as_str()).then_some(())
    });
    browser.lacks(&crate::browser::button(&accept));
    browser.key(Key::Enter);
    assert_eq!(bob.request(second["id"].as_str().expect("an id"))["status"], "pending");
}

#[test]
fn the_first_stop_skips_to_the_table() {
    let app = app();
    let browser = Browser::of(app, &app.user("viewer"));
    browser.key(Key::Tab);
    assert_eq!(focus(&browser), "Skip to who holds what");
    browser.key(Key::Enter);
    eventually("the table has the focus", || {
        (browser.run("return document.activeElement.id", &[]) == json!("everything")).then_some(())
    });
}
