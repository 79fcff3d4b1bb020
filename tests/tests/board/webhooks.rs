//! Webhooks, for admins.

use std::sync::OnceLock;

use baton_tests::{App, Json, Mode, Receiver, Reply, Setup};
use serde_json::json;

use crate::browser::Browser;

/// A server that may send to this receiver.
fn scene() -> &'static (App, Receiver) {
    static SCENE: OnceLock<(App, Receiver)> = OnceLock::new();
    SCENE.get_or_init(|| {
        let receiver = Receiver::start();
        (Setup::new(Mode::Embedded).variable("webhook_hosts", receiver.host()).start(), receiver)
    })
}

#[test]
fn an_admin_tests_looks_and_retries() {
    let (app, receiver) = scene();
    let admin = app.user("admin");
    let members = json!({ "url": receiver.url("/"), "description": "the shop’s chat", "events": ["approval.*"] });
    let webhook = admin.post("/api/webhooks", &members).ok(201);
    let browser = Browser::of(app, &admin);
    browser.press("Show the webhooks");
    browser.press("Test the webhook the shop’s chat");
    browser.shows("#news", "The test has arrived (204).");
    assert_eq!(receiver.received()[0].document()["type"], "webhook.test");
    receiver.does(|_, _| Reply::Status(500, "not today".to_owned()));
    browser.press("Test the webhook the shop’s chat");
    browser.shows("#news", "The test has not arrived: 500 not today");
    receiver.does(|_, _| Reply::ok());
    browser.press("Deliveries of the webhook the shop’s chat");
    browser.shows("dialog", "not today");
    browser.press("Retry the delivery of webhook.test");
    let path = format!("/api/webhooks/{}/deliveries?state=delivered", webhook.id());
    baton_tests::eventually("the retry has arrived", || {
        (admin.get(&path).ok(200).list("deliveries").len() == 2).then_some(())
    });
}

#[test]
fn others_are_offered_none() {
    let (app, _) = scene();
    Browser::of(app, &app.user("editor")).lacks("#webhooks:not([hidden])");
}
