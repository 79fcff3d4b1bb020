//! What is reserved: seen by all, made by editors, withdrawn by whose it is.

use baton_tests::{Json, eventually, unique};
use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::browser::{Browser, button};
use crate::scene::{app, row};

/// Sets a field of a kind that nobody types into as text.
fn set(browser: &Browser, name: &str, value: &str) {
    let script = "document.querySelector(`dialog [name=${arguments[0]}]`).value = arguments[1]";
    browser.run(script, &[json!(name), json!(value)]);
}

fn reservations(user: &baton_tests::Client, part: &str) -> Vec<Value> {
    user.pages(&format!("/api/reservations?part_number={part}"), "reservations", 10)
}

#[test]
fn reserving_every_week() {
    let app = app();
    let (alice, part) = (app.seat(), unique::part());
    let browser = Browser::of(app, &alice);
    browser.press("Reserve parts");
    browser.fill("dialog textarea[name=parts]", &format!("{part}, {part}-2"));
    // The browser's clocks are this machine's.
    let day = (Utc::now() + TimeDelta::days(2)).format("%Y-%m-%d");
    set(&browser, "from", &format!("{day}T09:00"));
    set(&browser, "until", &format!("{day}T10:30"));
    set(&browser, "freq", "WEEKLY");
    set(&browser, "count", "3");
    browser.fill("dialog textarea[name=note]", "new flange");
    browser.confirm("Reserve");
    browser.shows("#reserved", "new flange");
    let [made] = &reservations(&alice, &part)[..] else { panic!("one reservation") };
    assert_eq!(made["part_numbers"], json!([part, format!("{part}-2")]));
    assert_eq!((&made["times"], &made["workstation_id"]), (&json!(3), &json!(alice.workstation)));
    assert_eq!(made.time("ends_at") - made.time("starts_at"), TimeDelta::minutes(90));
    assert!(made.text("repeat").starts_with("DTSTART;TZID="), "{made}");
}

#[test]
fn withdrawing() {
    let app = app();
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let text = |hours: i64| (Utc::now() + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let body = json!({
        "part_numbers": [part], "workstation_id": alice.workstation, "starts_at": text(1), "ends_at": text(2),
    });
    let made = alice.post("/api/reservations", &body).ok(201);
    let card = format!("#reserved [data-key=\"{}\"]", made.text("id"));
    let withdraw = format!("Withdraw the reservation of {part}");
    let other = Browser::of(app, &bob);
    other.shows(&card, &alice.user);
    assert_eq!(other.text(&button(&withdraw)), None, "it isn't bob's");
    let held = bob.acquire_with(&part, &json!({ "ttl_seconds": 7_200 }));
    other.shows(&row(&held), "reserved from");
    let browser = Browser::of(app, &alice);
    browser.press(&withdraw);
    browser.confirm("Withdraw");
    browser.lacks(&card);
    eventually("it is withdrawn", || reservations(&bob, &part).is_empty().then_some(()));
}

#[test]
fn what_is_refused_is_told_in_the_dialog() {
    let app = app();
    let (alice, part) = (app.seat(), unique::part());
    let browser = Browser::of(app, &alice);
    browser.press("Reserve parts");
    browser.fill("dialog textarea[name=parts]", &part);
    set(&browser, "from", "2020-01-01T09:00");
    set(&browser, "until", "2020-01-01T10:00");
    browser.press_in_dialog("Reserve");
    browser.shows("dialog .why", "past");
    assert!(reservations(&alice, &part).is_empty());
}
