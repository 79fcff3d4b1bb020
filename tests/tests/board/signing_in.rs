//! A token or key opens the board; nothing of it stays behind.

use baton_tests::eventually;
use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Browser, WIDE};
use crate::scene::{app, holder};

/// What a browser keeps of a token, and where.
const KEPT: &str =
    "return [JSON.stringify(sessionStorage), JSON.stringify(localStorage) + document.cookie, location.href]";

fn kept(browser: &Browser) -> [String; 3] {
    serde_json::from_value(browser.run(KEPT, &[])).expect("three texts")
}

#[test]
fn a_token_is_kept_for_the_tab_alone() {
    let (app, user) = (app(), app().user("editor"));
    let browser = Browser::start(app, WIDE);
    browser.open("/");
    browser.fill("#token", &user.token);
    browser.key(Key::Enter);
    browser.is_live();
    browser.shows("#me", &format!("{}, editor", user.user));
    let [session, others, address] = kept(&browser);
    assert!(session.contains(&user.token));
    assert!(!others.contains(&user.token) && !address.contains(&user.token), "{others} {address}");
    // It stands for a reload, and the browser stays the workstation that it was.
    browser.open("/");
    browser.is_live();
    assert_eq!(user.pages("/api/workstations", "workstations", 10).len(), 1);
}

#[test]
fn a_link_signs_in_and_is_gone_from_the_address() {
    let (app, user) = (app(), app().user("viewer"));
    let browser = Browser::start(app, WIDE);
    browser.open("/");
    let before = browser.run("return history.length", &[]);
    // In a page that is there already, as when it is pasted.
    browser.open(&format!("/#token={}", user.token));
    browser.is_live();
    browser.shows("#me", &format!("{}, viewer", user.user));
    assert_eq!(browser.address(), format!("{}/", app.url()));
    // Neither does the way back lead to it.
    browser.run("history.go(arguments[0] - history.length)", &[before]);
    browser.is_live();
    assert!(!browser.address().contains("token"), "{}", browser.address());
}

#[test]
fn a_key_signs_in_until_it_is_revoked() {
    let (app, user) = (app(), app().user("editor"));
    let key = user.post("/api/keys", &json!({ "name": "board" })).ok(201);
    let browser = Browser::of(app, &user.with_token(key["secret"].as_str().expect("a secret")));
    browser.shows("#me", &user.user);
    user.delete(&format!("/api/keys/{}", key["id"].as_str().expect("an id"))).ok(204);
    // By itself: the next look, or the end of the stream, tells.
    browser.shows("#sign-in-why", "You were signed out.");
    browser.lacks("#board");
    assert_eq!(kept(&browser)[0], "{}");
}

#[test]
fn a_token_that_is_no_good_is_told_why() {
    let app = app();
    let browser = Browser::start(app, WIDE);
    browser.open("/#token=nonsense");
    browser.shows("#sign-in-why", "You aren’t signed in.");
    browser.lacks("#board");
    // The field waits for another one.
    browser.keys(&app.user("viewer").token);
    browser.key(Key::Enter);
    browser.is_live();
}

#[test]
fn who_signs_out_leaves_nothing() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &alice);
    browser.shows(&crate::scene::row(&session), &part);
    browser.run("document.querySelector('#sign-out').click()", &[]);
    eventually("the field for a token", || browser.text("#sign-in"));
    assert_eq!(kept(&browser)[0], "{}");
    let page = browser.run("return document.documentElement.outerHTML", &[]);
    let page = page.as_str().expect("a text");
    assert!(!page.contains(&part) && !page.contains(&alice.user), "{page}");
    // Somebody else at the same browser is another workstation.
    let bob = app.user("viewer");
    browser.fill("#token", &bob.token);
    browser.key(Key::Enter);
    browser.is_live();
    browser.shows("#me", &bob.user);
}
