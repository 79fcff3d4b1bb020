//! What can't be reserved: a clear error, and nothing changed.

use baton_tests::{App, Client, Json, on_shared_app, paths, unique};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::scene::{body, later, text, try_reserve};

on_shared_app!(
    times_that_make_no_sense_are_refused,
    rules_that_cannot_be_kept_are_refused,
    a_zone_is_a_real_one_and_fits,
    parts_are_bounded,
    bodies_are_checked,
);

fn is_unknown(user: &Client, part: &str) {
    user.get(&paths::item(part)).expect(404, "not_found");
}

fn times_that_make_no_sense_are_refused(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let (hour, year) = (TimeDelta::hours(1), TimeDelta::days(366));
    for (from, until, field) in [
        (later(7200), later(3600), "ends_at"),
        (later(3600), later(3600), "ends_at"),
        (later(-7200), later(3600), "starts_at"),
        (later(-7200), later(-3600), "starts_at"),
        (later(60) + year * 3, later(60) + year * 3 + hour, "ends_at"),
        (later(60), later(60) + TimeDelta::days(31), "ends_at"),
    ] {
        try_reserve(&seat, &[&part], (from, until), &json!({})).invalid(field);
    }
    let same = later(3600);
    try_reserve(&seat, &[&part], (same, same), &json!({})).invalid("ends_at");
    for bad in ["2027-02-29T10:00:00Z", "tomorrow", "2027-03-01", "2027-03-01T25:00:00Z", "", "2027-03-01T09:00:00"] {
        try_reserve(&seat, &[&part], (later(60), later(120)), &json!({ "starts_at": bad })).invalid("starts_at");
        try_reserve(&seat, &[&part], (later(60), later(120)), &json!({ "ends_at": bad })).invalid("ends_at");
    }
    is_unknown(&seat, &part);
}

fn rules_that_cannot_be_kept_are_refused(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let from = later(3600);
    for rule in [
        "FREQ=WEEKLY",
        "FREQ=SECONDLY;COUNT=100",
        "FREQ=SECONDLY;UNTIL=20990101T000000Z",
        "FREQ=YEARLY;COUNT=5",
        "FREQ=WEEKLY;UNTIL=20990101T000000Z",
        "FREQ=DAILY;COUNT=4000000000",
        "FREQ=HOURLY;COUNT=2000",
        "FREQ=MINUTELY;COUNT=2",
        "FREQ=DAILY;BYSECOND=0,1,2,3,4,5;COUNT=6",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2",
        "FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO;BYMONTHDAY=1;COUNT=2",
        "FREQ=FORTNIGHTLY;COUNT=2",
        "every week",
        "",
        "RDATE:20270101T000000Z",
        "FREQ=DAILY;COUNT=2\nEXDATE:20270101T000000Z",
        "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;INTERVAL=0;COUNT=2",
        &"FREQ=DAILY;".repeat(200),
    ] {
        let seconds = if rule.contains("HOURLY") { 60 } else { 600 };
        try_reserve(&seat, &[&part], (from, from + TimeDelta::seconds(seconds)), &json!({ "repeat": rule }))
            .invalid("repeat");
    }
    try_reserve(&seat, &[&part], (from, later(7200)), &json!({ "repeat": 5 })).invalid("repeat");
    is_unknown(&seat, &part);
}

fn a_zone_is_a_real_one_and_fits(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let from = later(3600);
    let (local, other) = (from.format("%Y%m%dT%H%M%S"), (from + TimeDelta::minutes(1)).format("%Y%m%dT%H%M%S"));
    for start in [
        format!("DTSTART;TZID=Mars/Olympus:{local}"),
        format!("DTSTART:{local}"),
        format!("DTSTART:{other}Z"),
        format!("DTSTART;TZID=UTC:{other}"),
        "DTSTART;TZID=Europe/Berlin:20270328T023000".to_owned(),
        "DTSTART;TZID=Europe/Berlin:20270229T090000".to_owned(),
        "DTSTART;VALUE=DATE:20270301".to_owned(),
    ] {
        let repeat = format!("{start}\nRRULE:FREQ=DAILY;COUNT=2");
        try_reserve(&seat, &[&part], (from, later(7200)), &json!({ "repeat": repeat })).invalid("repeat");
    }
    is_unknown(&seat, &part);
    let good = format!("DTSTART;TZID=UTC:{local}\r\nRRULE:FREQ=DAILY;COUNT=2");
    try_reserve(&seat, &[&part], (from, later(7200)), &json!({ "repeat": good })).ok(201);
}

fn parts_are_bounded(app: &App) {
    let seat = app.seat();
    try_reserve(&seat, &[], (later(60), later(120)), &json!({})).invalid("part_numbers");
    let parts: Vec<_> = (0..1001).map(|number| format!("{}-{number}", unique::part())).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    try_reserve(&seat, &parts, (later(60), later(120)), &json!({})).invalid("part_numbers");
    let often = json!({ "repeat": "FREQ=DAILY;COUNT=11" });
    try_reserve(&seat, &parts[..500], (later(60), later(120)), &often).invalid("part_numbers");
    is_unknown(&seat, parts[0]);
    let made = try_reserve(&seat, &parts[..1000], (later(60), later(120)), &json!({})).ok(201);
    assert_eq!(made.list("part_numbers").len(), 1000);
}

fn bodies_are_checked(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let whole = body(&seat, &[&part], (later(60), later(120)), &json!({ "note": "x" }));
    for (member, bad) in [
        ("part_numbers", json!("F01")),
        ("part_numbers", json!(["a b"])),
        ("part_numbers", Value::Null),
        ("workstation_id", json!("here")),
        ("starts_at", json!(5)),
        ("note", json!("x".repeat(501))),
    ] {
        let mut broken = whole.clone();
        broken[member] = bad;
        let problem = seat.post("/api/reservations", &broken).expect(422, "invalid");
        assert!(problem["errors"][0].text("field").starts_with(member), "{problem}");
    }
    for missing in ["part_numbers", "workstation_id", "starts_at", "ends_at"] {
        let mut broken = whole.clone();
        broken.as_object_mut().expect("an object").remove(missing);
        seat.post("/api/reservations", &broken).invalid(missing);
    }
    is_unknown(&seat, &part);
    assert!(text(later(0)).ends_with('Z'));
}
