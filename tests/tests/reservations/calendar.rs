//! One's own reservations in a calendar program, here the crate `icalendar`.

use baton_tests::{App, Json, Seat, encode, on_shared_app, unique};
use chrono::{TimeDelta, Timelike};
use icalendar::{Calendar, Component, DatePerhapsTime, Event, EventLike};
use serde_json::json;

use crate::scene::{later, reserve, try_reserve};

on_shared_app!(
    a_calendar_shows_ones_own_reservations,
    rule_and_zone_are_kept,
    a_token_in_the_query_will_do_and_is_not_logged,
    the_calendar_is_its_users,
);

fn calendar(seat: &Seat) -> Calendar {
    let response = seat.get("/api/reservations.ics");
    assert_eq!((response.status, response.header("content-type")), (200, Some("text/calendar; charset=utf-8")));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let text = String::from_utf8(response.body).expect("UTF-8");
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "folded lines: {text}");
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn event(calendar: &Calendar, reservation: &serde_json::Value) -> Event {
    let uid = format!("{}@baton", reservation.text("id"));
    let mut events = calendar.events().filter(|event| event.get_uid() == Some(&uid));
    let event = events.next().unwrap_or_else(|| panic!("no {uid} in {calendar}")).clone();
    assert!(events.next().is_none(), "{uid} twice");
    event
}

fn a_calendar_shows_ones_own_reservations(app: &App) {
    let (seat, part, other) = (app.seat(), unique::part(), unique::part());
    assert_eq!(calendar(&seat).events().count(), 0);
    let from = later(3600).with_nanosecond(0).expect("a second");
    let note = "comma, semicolon; back\\slash\nBEGIN:VEVENT and \u{e9}\u{4e2d}\u{6587} in a line that is longer than seventy-five bytes are";
    let made =
        try_reserve(&seat, &[&part, &other], (from, from + TimeDelta::hours(1)), &json!({ "note": note })).ok(201);
    let calendar = calendar(&seat);
    assert_eq!(calendar.events().count(), 1);
    let event = event(&calendar, &made);
    assert_eq!(event.get_summary(), Some(format!("Reserved: {part}, {other}").as_str()));
    assert!(event.get_description().expect("a description").starts_with(note), "{:?}", event.get_description());
    assert!(event.get_timestamp().is_some(), "DTSTAMP");
    let start = |time: Option<DatePerhapsTime>| match time {
        Some(DatePerhapsTime::DateTime(time)) => time.try_into_utc().expect("UTC"),
        other => panic!("no time: {other:?}"),
    };
    assert_eq!((start(event.get_start()), start(event.get_end())), (from, from + TimeDelta::hours(1)));
    seat.delete(&format!("/api/reservations/{}", made.text("id"))).ok(204);
    assert_eq!(self::calendar(&seat).events().count(), 0);
}

fn rule_and_zone_are_kept(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let from = later(3600).with_nanosecond(0).expect("a second");
    // India has no daylight saving: its clocks are always five and a half hours ahead.
    let local = (from + TimeDelta::minutes(330)).format("%Y%m%dT%H%M%S").to_string();
    let rule = format!("DTSTART;TZID=Asia/Kolkata:{local}\nRRULE:FREQ=DAILY;COUNT=3");
    let made = try_reserve(&seat, &[&part], (from, from + TimeDelta::minutes(30)), &json!({ "repeat": rule })).ok(201);
    let calendar = calendar(&seat);
    let event = event(&calendar, &made);
    assert_eq!(event.property_value("RRULE"), Some("FREQ=DAILY;COUNT=3"));
    let start = &event.properties()["DTSTART"];
    assert_eq!((start.value(), start.params()["TZID"].value()), (local.as_str(), "Asia/Kolkata"));
    let times = event.get_recurrence().expect("a recurrence").all(10).dates;
    let expected: Vec<_> = (0..3).map(|day| from + TimeDelta::days(day)).collect();
    assert_eq!(times.iter().map(chrono::DateTime::to_utc).collect::<Vec<_>>(), expected);
    let text = String::from_utf8(seat.get("/api/reservations.ics").body).expect("UTF-8");
    assert!(text.contains("BEGIN:VTIMEZONE\r\nTZID:Asia/Kolkata\r\n"), "{text}");
    assert!(text.contains("TZOFFSETTO:+0530\r\n"), "{text}");
}

fn a_token_in_the_query_will_do_and_is_not_logged(app: &App) {
    let seat = app.seat();
    reserve(&seat, &[&unique::part()], (later(60), later(120)));
    let key = seat.post("/api/keys", &json!({ "name": "calendar", "scopes": ["read"], "role": "viewer" })).ok(201);
    for token in [seat.token.as_str(), key.text("secret")] {
        let path = format!("/api/reservations.ics?access_token={}", encode(token));
        let response = app.call("GET", &path).send();
        assert_eq!(response.status, 200, "{response}");
        assert!(String::from_utf8_lossy(&response.body).contains("BEGIN:VEVENT"));
        assert!(!app.log().contains(token), "a token in the log");
    }
    app.call("GET", "/api/reservations.ics?access_token=nothing").send().expect(401, "unauthorized");
    app.call("GET", "/api/reservations.ics").send().expect(401, "unauthorized");
    let list = format!("/api/reservations?access_token={}", encode(&seat.token));
    app.call("GET", &list).send().expect(401, "unauthorized");
}

fn the_calendar_is_its_users(app: &App) {
    let (alice, bob) = (app.seat(), app.seat());
    let made = reserve(&alice, &[&unique::part()], (later(60), later(120)));
    assert_eq!(calendar(&bob).events().count(), 0);
    event(&calendar(&alice), &made);
}
