//! What a calendar has to say of a time zone (RFC 5545, section 3.6.5): which offsets from UTC its clocks have, and since when. It is
//! said of each change by itself, for as long as reservations may go on.

use std::fmt::Write;

use chrono::{DateTime, Months, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

use crate::rule::LOCAL_TIME;

/// For how long after a reservation's first time its zone is described: two years, and a month for the last time.
const DESCRIBED: Months = Months::new(25);

/// A zone as a component of a calendar.
pub fn write(zone: Tz, since: DateTime<Utc>) -> String {
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let begin = since - TimeDelta::days(1);
    let end = since.checked_add_months(DESCRIBED).unwrap_or(since);
    observe(&mut text, zone, offset(zone, begin), begin);
    let mut day = begin;
    while day < end {
        let next = day + TimeDelta::days(1);
        if offset(zone, day) != offset(zone, next) {
            let change = first_with(zone, offset(zone, next), day, next);
            observe(&mut text, zone, offset(zone, day), change);
        }
        day = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// How far the clocks of a zone are ahead of UTC, in seconds.
fn offset(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// The first second of a day with an offset that its end has and its beginning hasn't.
fn first_with(zone: Tz, wanted: i32, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if offset(zone, middle) == wanted { after = middle } else { before = middle }
    }
    after
}

/// One observance: from an instant on, by the clocks as they were before.
fn observe(text: &mut String, zone: Tz, before: i32, from: DateTime<Utc>) {
    let observed = zone.offset_from_utc_datetime(&from.naive_utc());
    let kind = if observed.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    let onset = (from.naive_utc() + TimeDelta::seconds(i64::from(before))).format(LOCAL_TIME);
    let name = observed.abbreviation().unwrap_or(kind);
    let (before, after) = (signed(before), signed(observed.fix().local_minus_utc()));
    _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{onset}\r\nTZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\nTZNAME:{name}\r\nEND:{kind}\r\n"
    );
}

/// An offset as calendars write it: `+0130`.
fn signed(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    format!("{}{:02}{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}
