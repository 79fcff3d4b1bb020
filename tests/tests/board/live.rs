//! The board shows what happens as it happens.

use baton_tests::{App, Mode, Setup, free_port, on_shared_app, unique};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::scene::{app, holder, row};

on_shared_app!(what_others_do_is_seen_without_a_reload);

fn what_others_do_is_seen_without_a_reload(app: &App) {
    let (alice, part) = (app.seat(), unique::part());
    let browser = Browser::of(app, &app.user("viewer"));
    browser.run("window.isTheSamePage = true", &[]);
    let session = alice.acquire_with(&part, &json!({ "note": "new flange", "ttl_seconds": 1000 }));
    let row = row(&session);
    browser.shows(&row, &part);
    browser.shows(&row, &alice.user);
    browser.shows(&row, "new flange");
    browser.shows(&row, "just now");
    alice.release(&session);
    browser.lacks(&row);
    assert_eq!(browser.run("return window.isTheSamePage", &[]), Value::Bool(true));
}

#[test]
fn a_request_calls_its_holder() {
    let app = app();
    let (alice, part, session) = holder(app);
    let browser = Browser::of(app, &alice);
    let bob = app.seat();
    bob.ask_with(&session, &json!({ "message": "For the fair?\nIt is on Monday.", "workstation_id": bob.workstation }));
    browser.shows("#asked-of-you", &part);
    browser.shows("#asked-of-you", &format!("{} asks for it", bob.user));
    browser.shows("#asked-of-you", "For the fair?\nIt is on Monday.");
    assert_eq!(browser.title(), "(1) Baton");
}

#[test]
fn who_waits_is_shown() {
    let app = app();
    let (_, _, session) = holder(app);
    let (bob, carol) = (app.seat(), app.seat());
    bob.stand_in_line(&session);
    carol.stand_in_line(&session);
    let browser = Browser::of(app, &app.user("viewer"));
    browser.shows(&format!("{} .line", row(&session)), &format!("{}\n{}", bob.user, carol.user));
}

#[test]
fn a_lost_connection_is_told_and_mends_itself() {
    let address = format!("127.0.0.1:{}", free_port());
    let app = Setup::new(Mode::Embedded).argument("--listen", &address).start();
    let (alice, part) = (app.seat(), unique::part());
    let browser = Browser::of(&app, &app.user("viewer"));
    app.terminate();
    browser.shows("#link", "Connection lost");
    app.start_again();
    let session = alice.acquire(&part);
    browser.shows("#link", "Live");
    browser.shows(&row(&session), &part);
    assert_eq!(browser.text("#sign-in"), None);
}

#[test]
fn a_browser_that_somebody_removed_registers_again() {
    let (app, part) = (app(), unique::part());
    let (alice, viewer) = (app.seat(), app.user("viewer"));
    let browser = Browser::of(app, &viewer);
    let [workstation] = &viewer.pages("/api/workstations", "workstations", 10)[..] else { panic!("one workstation") };
    viewer.delete(&format!("/api/workstations/{}", workstation["id"].as_str().expect("an id"))).ok(204);
    browser.open("/");
    browser.is_live();
    let session = alice.acquire(&part);
    browser.shows(&row(&session), &part);
}
