//! Reservations as a calendar: iCalendar, RFC 5545.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Component, Event, Property};

use crate::model::Entry;
use crate::rule::{LOCAL_TIME, Rule};
use crate::zone;

/// How many parts a calendar names in a title, and in a description.
const IN_TITLE: usize = 3;
const IN_DESCRIPTION: usize = 50;

/// Where the zones are put, as the crate knows none.
const FIRST_EVENT: &str = "BEGIN:VEVENT";

/// A calendar of these reservations.
pub fn write(entries: &[Entry]) -> String {
    let mut calendar = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", "-//Baton//Reservations//EN"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(Property::new(name, value));
    }
    calendar.name("Baton: reservations");
    let mut zones: BTreeMap<&str, (Tz, DateTime<Utc>)> = BTreeMap::new();
    for entry in entries {
        let rule = entry.repeat.as_deref().and_then(|repeat| Rule::parse(repeat).ok());
        let zone = rule.as_ref().map_or(Tz::UTC, |rule| rule.zone);
        if zone != Tz::UTC {
            let (_, since) = zones.entry(zone.name()).or_insert((zone, entry.starts_at.utc()));
            *since = entry.starts_at.utc().min(*since);
        }
        calendar.push(event(entry, zone, rule.as_ref()));
    }
    let zones: String = zones.values().map(|(zone, since)| zone::write(*zone, *since)).collect();
    calendar.to_string().replacen(FIRST_EVENT, &format!("{zones}{FIRST_EVENT}"), 1)
}

fn event(entry: &Entry, zone: Tz, rule: Option<&Rule>) -> Event {
    let mut event = Event::new();
    event.uid(&format!("{}@baton", entry.id)).timestamp(entry.created_at.utc());
    event.summary(&format!("Reserved: {}", parts(&entry.part_numbers, IN_TITLE)));
    // A carriage return would end the line.
    let note = entry.note.as_deref().unwrap_or_default().replace('\r', "");
    event.description(format!("{note}\n\n{}", parts(&entry.part_numbers, IN_DESCRIPTION)).trim());
    for (name, instant) in [("DTSTART", entry.starts_at), ("DTEND", entry.ends_at)] {
        event.append_property(time(name, instant.utc(), zone));
    }
    if let Some(rule) = rule {
        event.add_property("RRULE", &rule.text);
    }
    event
}

/// An instant as the clocks of a zone show it.
fn time(name: &str, instant: DateTime<Utc>, zone: Tz) -> Property {
    let local = instant.with_timezone(&zone).format(LOCAL_TIME);
    if zone == Tz::UTC {
        Property::new(name, format!("{local}Z"))
    } else {
        Property::new(name, local.to_string()).add_parameter("TZID", zone.name()).done()
    }
}

/// The first of them, and how many more there are.
fn parts(part_numbers: &[String], most: usize) -> String {
    let named = &part_numbers[..part_numbers.len().min(most)];
    let more = part_numbers.len() - named.len();
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

#[cfg(test)]
mod tests {
    use baton_core::instant::Instant;
    use icalendar::{CalendarDateTime, DatePerhapsTime};
    use uuid::Uuid;

    use super::*;

    fn entry(part_numbers: &[&str], repeat: Option<&str>, note: Option<&str>) -> Entry {
        let at = |text| Instant::parse(text).expect("a time");
        Entry {
            id: Uuid::nil(),
            part_numbers: part_numbers.iter().map(|part| (*part).to_owned()).collect(),
            starts_at: at("2027-03-25T08:00:00.250Z"),
            ends_at: at("2027-03-25T09:30:00Z"),
            repeat: repeat.map(str::to_owned),
            note: note.map(str::to_owned),
            created_at: at("2026-11-21T21:00:00Z"),
        }
    }

    fn read(text: &str) -> Calendar {
        text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn a_reservation_by_the_clocks_of_a_zone_keeps_rule_and_zone() {
        let rule = "DTSTART;TZID=Europe/Berlin:20270325T090000\nRRULE:FREQ=WEEKLY;COUNT=10";
        let text = write(&[entry(&["F01-1"], Some(rule), None), entry(&["F02"], Some(rule), None)]);
        for line in [
            "DTSTART;TZID=Europe/Berlin:20270325T090000",
            "DTEND;TZID=Europe/Berlin:20270325T103000",
            "RRULE:FREQ=WEEKLY;COUNT=10",
            "UID:00000000-0000-0000-0000-000000000000@baton",
            "DTSTAMP:20261121T210000Z",
            "SUMMARY:Reserved: F01-1",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "no {line}: {text}");
        }
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1, "each zone is described once");
        let change =
            "BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n";
        assert!(text.contains(change), "{text}");
        assert!(
            text.contains("BEGIN:STANDARD\r\nDTSTART:20271031T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n")
        );
        assert_eq!(read(&text).events().count(), 2);
    }

    #[test]
    fn lines_are_folded_and_texts_escaped() {
        let note = "a, b; c\\d\r\nBEGIN:VEVENT\r\nATTENDEE:x \u{e9}\u{4e2d}".to_owned() + &"\u{4e2d}".repeat(100);
        let many: Vec<_> = (0..500).map(|number| format!("GEARBOX-{number:04}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let text = write(&[entry(&many, None, Some(&note))]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
        assert!(text.contains("\r\nDTSTART:20270325T080000Z\r\n") && !text.contains("RRULE"));
        let calendar = read(&text);
        let events: Vec<_> = calendar.events().collect();
        let [event] = events.as_slice() else { panic!("not one event: {text}") };
        let description = event.get_description().expect("a description");
        assert!(description.starts_with(&note.replace('\r', "")), "{description}");
        assert!(description.ends_with("GEARBOX-0049 and 450 more"), "{description}");
        assert_eq!(event.get_summary(), Some("Reserved: GEARBOX-0000, GEARBOX-0001, GEARBOX-0002 and 497 more"));
        assert!(matches!(event.get_start(), Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(_)))));
    }

    #[test]
    fn no_reservations_are_a_calendar_too() {
        let text = write(&[]);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:") && text.ends_with("END:VCALENDAR\r\n"));
    }
}
