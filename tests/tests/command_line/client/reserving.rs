//! Reserving: `reserve`, `reservations`, `unreserve`.

use baton_tests::{App, Json, on_shared_app, shape, unique};
use chrono::TimeDelta;

use super::home::Home;

on_shared_app!(a_part_is_reserved_and_given_back, what_others_have_reserved_is_told, times_are_understood_or_refused);

fn a_part_is_reserved_and_given_back(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let made = alice.document(0, &["reserve", &part, "--from", "2h", "--until", "90m", "--note", "new flange"]);
    shape::reservation(&made);
    assert_eq!(made.time("ends_at") - made.time("starts_at"), TimeDelta::minutes(90));
    assert_eq!(alice.document(0, &["reservations", &part]).list("reservations"), [made]);
    let told = alice.ends(0, &["reservations", "--mine"]);
    assert!(told.out.contains(&part) && told.out.contains("new flange"), "{told:?}");
    alice.ends(0, &["unreserve", &part]);
    assert!(alice.ends(0, &["reservations", &part]).out.contains("Nothing is reserved"));
    alice.ends(1, &["unreserve"]);
}

fn what_others_have_reserved_is_told(app: &App) {
    let (alice, bob, part) = (Home::new(app, "editor"), Home::new(app, "editor"), unique::part());
    alice.ends(0, &["reserve", &part, "--from", "2h", "--until", "2h"]);
    let refused = bob.ends(3, &["reserve", &part, "--from", "3h", "--until", "2h"]);
    assert!(refused.err.contains("is reserved by") && refused.err.contains(&alice.user.user), "{refused:?}");
    assert_eq!(bob.document(3, &["reserve", &part, "--from", "3h", "--until", "2h"])["code"], "reserved");
    bob.ends(1, &["unreserve", &part]);
    bob.ends(0, &["reserve", &part, "--from", "5h", "--until", "2h"]);
}

fn times_are_understood_or_refused(app: &App) {
    let (alice, part) = (Home::new(app, "editor"), unique::part());
    let day = (chrono::Utc::now() + TimeDelta::days(3)).format("%Y-%m-%d");
    let (from, rule) = (format!("{day}T09:00"), "FREQ=WEEKLY;COUNT=3");
    let arguments = ["reserve", &part, "--from", &from, "--until", "1h", "--zone", "Asia/Kolkata", "--repeat", rule];
    let made = alice.document(0, &arguments);
    assert_eq!(made.text("starts_at"), format!("{day}T03:30:00.000Z"));
    assert!(made.text("repeat").starts_with("DTSTART;TZID=Asia/Kolkata:"), "{made}");
    assert_eq!(made.int("times"), 3);
    alice.ends(2, &["reserve", &part, "--from", &from, "--until", "1h"]);
    alice.ends(2, &["reserve", &part, "--from", "soon", "--until", "1h"]);
    alice.ends(2, &["reserve", &part, "--from", &from, "--until", "1h", "--zone", "Mars/Olympus"]);
    alice.ends(1, &["reserve", &part, "--from", "1h", "--until", "1h", "--repeat", "FREQ=WEEKLY"]);
}
