//! What repeats by a rule.

use baton_tests::{App, Json, Seat, encode, on_shared_app, unique};
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc, Weekday};
use serde_json::{Value, json};

use crate::scene::{later, text, try_reserve};

on_shared_app!(
    a_rule_keeps_each_of_its_times,
    the_hour_follows_local_time_through_daylight_saving,
    what_repeats_is_granted_again_and_again,
);

/// Whether a part is reserved at an instant.
fn is_reserved(seat: &Seat, part: &str, at: DateTime<Utc>) -> bool {
    let (from, until) = (encode(&text(at)), encode(&text(at + TimeDelta::milliseconds(1))));
    let page = seat.get(&format!("/api/reservations?part_number={part}&from={from}&until={until}")).ok(200);
    !page.list("reservations").is_empty()
}

fn a_rule_keeps_each_of_its_times(app: &App) {
    let (alice, bob, part) = (app.seat(), app.seat(), unique::part());
    let (from, hour, week) = (later(3600), TimeDelta::hours(1), TimeDelta::weeks(1));
    let rule = json!({ "repeat": "FREQ=WEEKLY;COUNT=4" });
    let made = try_reserve(&alice, &[&part], (from, from + hour), &rule).ok(201);
    assert_eq!((&made["repeat"], &made["times"]), (&rule["repeat"], &json!(4)));
    assert_eq!(made["next"], json!({ "starts_at": made["starts_at"], "ends_at": made["ends_at"] }));
    for number in 0..4 {
        let at = from + week * number;
        let refused = try_reserve(&bob, &[&part], (at, at + hour), &json!({})).expect(409, "reserved");
        assert_eq!(refused["reservations"][0]["starts_at"], text(at), "the time that is in the way");
    }
    try_reserve(&bob, &[&part], (from + week * 4, from + week * 4 + hour), &json!({})).ok(201);
    try_reserve(&bob, &[&part], (from + hour, from + hour * 2), &rule).ok(201);
}

/// The Sunday in March or October on which the clocks of Berlin change next, at one o'clock in UTC.
fn next_change() -> DateTime<Utc> {
    let now = Utc::now();
    let changes = (now.year()..=now.year() + 1).flat_map(|year| {
        [3, 10].map(|month| {
            let last = Utc.with_ymd_and_hms(year, month, 31, 1, 0, 0).single().expect("a day");
            last - TimeDelta::days(i64::from(last.weekday().days_since(Weekday::Sun)))
        })
    });
    changes.into_iter().find(|change| *change > now + TimeDelta::days(8)).expect("one of the next four")
}

fn the_hour_follows_local_time_through_daylight_saving(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let change = next_change();
    let is_spring = change.month() == 3;
    // Nine o'clock by the clocks of Berlin, which are two hours ahead of UTC in summer and one in winter.
    let (before, after) = if is_spring { (8, 7) } else { (7, 8) };
    let at_hour = |days: i64, hour: u32| {
        let day = (change + TimeDelta::days(days)).date_naive();
        Utc.from_utc_datetime(&day.and_hms_opt(hour, 0, 0).expect("an hour"))
    };
    let (first, local) = (at_hour(-4, before), (change - TimeDelta::days(4)).format("%Y%m%dT090000"));
    let rule = format!("DTSTART;TZID=Europe/Berlin:{local}\nRRULE:FREQ=WEEKLY;COUNT=2");
    try_reserve(&seat, &[&part], (first, first + TimeDelta::minutes(30)), &json!({ "repeat": rule })).ok(201);
    assert!(is_reserved(&seat, &part, first));
    assert!(is_reserved(&seat, &part, at_hour(3, after)), "the clocks have changed");
    assert!(!is_reserved(&seat, &part, at_hour(3, before)));
    // The same by UTC alone.
    let other = unique::part();
    let utc = json!({ "repeat": "FREQ=WEEKLY;COUNT=2" });
    try_reserve(&seat, &[&other], (first, first + TimeDelta::minutes(30)), &utc).ok(201);
    assert!(is_reserved(&seat, &other, at_hour(3, before)) && !is_reserved(&seat, &other, at_hour(3, after)));
    // An hour that the clocks of Berlin skip is none, and doesn't count.
    if is_spring {
        let skipping = unique::part();
        let night = change - TimeDelta::days(1) + TimeDelta::minutes(30);
        let rule = format!(
            "DTSTART;TZID=Europe/Berlin:{}\nRRULE:FREQ=DAILY;COUNT=2",
            (night + TimeDelta::hours(1)).format("%Y%m%dT%H%M%S")
        );
        try_reserve(&seat, &[&skipping], (night, night + TimeDelta::minutes(10)), &json!({ "repeat": rule })).ok(201);
        assert!(is_reserved(&seat, &skipping, night) && !is_reserved(&seat, &skipping, night + TimeDelta::days(1)));
        assert!(is_reserved(&seat, &skipping, night + TimeDelta::days(2) - TimeDelta::hours(1)));
    }
}

fn what_repeats_is_granted_again_and_again(app: &App) {
    let (seat, part) = (app.seat(), unique::part());
    let mut inbox = seat.inbox();
    let from = later(1);
    let rule = json!({ "repeat": "FREQ=MINUTELY;COUNT=2" });
    let made = try_reserve(&seat, &[&part], (from, from + TimeDelta::seconds(2)), &rule).ok(201);
    let granted = |inbox: &mut baton_tests::Inbox| loop {
        let event = inbox.take();
        if event["type"] == "edit.session_granted" {
            return event;
        }
    };
    assert_eq!(granted(&mut inbox)["data"]["reservation_id"], made["id"]);
    loop {
        let event = inbox.take();
        if event["type"] == "edit.session_expired" {
            break;
        }
    }
    let page = seat.get(&format!("/api/reservations?part_number={part}")).ok(200);
    assert_eq!(page["reservations"][0]["next"]["starts_at"], text(from + TimeDelta::minutes(1)));
    assert_eq!(page["reservations"][0]["starts_at"], made["starts_at"]);
    assert_eq!(seat.active(&part), Vec::<Value>::new());
}
