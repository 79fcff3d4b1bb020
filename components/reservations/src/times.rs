//! The times of a reservation: its first one, and those that its rule makes of it.

use baton_core::instant::Instant;
use baton_core::{Problem, Result};
use chrono::{DateTime, Months, NaiveTime, TimeDelta, Timelike, Utc};
use rrule::{RRule, RRuleSet};

use crate::rule::{Rule, refuse};

/// How many times a reservation has at most.
pub const TIMES_MAX: usize = 1_000;

/// How many times all of its parts together have at most: what one statement writes.
pub const ROWS_MAX: usize = 5_000;

/// How far ahead a reservation may go (contract, "Reservations").
const AHEAD_MAX: Months = Months::new(24);

/// How far back it may begin: clocks differ.
const BACK_MAX: TimeDelta = TimeDelta::seconds(60);

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// The first instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant that is not within.
    pub ends_at: DateTime<Utc>,
}

/// What bounds a reservation.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Now, by the database's clock.
    pub now: DateTime<Utc>,
    /// How long one time may last, in seconds.
    pub seconds_max: i64,
}

impl Time {
    /// Checks one: 422 for what is over, doesn't end after its beginning, or lasts too long.
    pub fn check(starts_at: Instant, ends_at: Instant, bounds: &Bounds) -> Result<Self> {
        let time = Self { starts_at: starts_at.utc(), ends_at: ends_at.utc() };
        if time.ends_at <= time.starts_at {
            return Err(Problem::invalid("ends_at", "must be after starts_at"));
        }
        if time.starts_at < bounds.now - BACK_MAX || time.ends_at <= bounds.now {
            return Err(Problem::invalid("starts_at", "must not lie in the past"));
        }
        if time.length() > TimeDelta::seconds(bounds.seconds_max) {
            let detail = format!("must be at most {} hours after starts_at", bounds.seconds_max / 3600);
            return Err(Problem::invalid("ends_at", detail));
        }
        if time.ends_at > bounds.end() {
            return Err(Problem::invalid("ends_at", "must be at most two years ahead"));
        }
        Ok(time)
    }

    fn length(&self) -> TimeDelta {
        self.ends_at - self.starts_at
    }

    /// The same, later.
    fn at(&self, starts_at: DateTime<Utc>) -> Self {
        Self { starts_at, ends_at: starts_at + self.length() }
    }

    /// How long it lasts, in seconds, rounded up.
    pub fn seconds(&self) -> i64 {
        self.length().num_seconds() + 1
    }
}

impl Bounds {
    /// The last instant at which a reservation may end.
    fn end(&self) -> DateTime<Utc> {
        self.now.checked_add_months(AHEAD_MAX).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// All times of a rule, in order: 422 for one that goes beyond two years, that makes too many of them, or some that overlap. Each
/// lasts exactly as long as the first one (RFC 5545, section 3.8.5.3); one that the clocks skip is none (section 3.3.10).
pub fn expand(first: Time, rule: &Rule, bounds: &Bounds) -> Result<Vec<Time>> {
    // Calendars know seconds, and no parts of them.
    let fraction = TimeDelta::nanoseconds(i64::from(first.starts_at.timestamp_subsec_nanos()));
    let starts_at = first.starts_at - fraction;
    let valid = rule.starting(starts_at)?;
    let clock = Clock::of(&valid);
    let mut times: Vec<Time> = Vec::new();
    // With the crate's limit no step looks further than 100,000 places for the next time.
    let set = RRuleSet::new(starts_at.with_timezone(&rrule::Tz::from(rule.zone))).rrule(valid).limit();
    for next in set.into_iter().filter(|next| clock.shows(next.time())).take(TIMES_MAX * 2) {
        let next = first.at(next.with_timezone(&Utc) + fraction);
        match times.last() {
            None if next != first => break,
            // An hour that the clocks show twice, or one in the place of an hour that they skip.
            Some(last) if next.starts_at <= last.starts_at => continue,
            Some(last) if next.starts_at < last.ends_at => return Err(refuse("makes times that overlap")),
            _ => {}
        }
        if next.ends_at > bounds.end() {
            return Err(too_far());
        }
        if times.len() == TIMES_MAX {
            return Err(refuse(&format!("makes more than {TIMES_MAX} times")));
        }
        times.push(next);
        if rule.count.is_some_and(|count| times.len() >= count as usize) {
            return Ok(times);
        }
    }
    match rule.count {
        _ if times.is_empty() => Err(refuse("must make starts_at its first time")),
        // What it would make still lies further ahead than was looked.
        Some(_) => Err(too_far()),
        None => Ok(times),
    }
}

fn too_far() -> Problem {
    refuse("goes beyond two years")
}

/// What clocks show at the times that a rule makes, as far as it says.
struct Clock {
    hours: Vec<u8>,
    minutes: Vec<u8>,
    seconds: Vec<u8>,
}

impl Clock {
    fn of(rule: &RRule) -> Self {
        Self {
            hours: rule.get_by_hour().to_vec(),
            minutes: rule.get_by_minute().to_vec(),
            seconds: rule.get_by_second().to_vec(),
        }
    }

    /// The crate puts a later time in the place of one that the clocks skip.
    fn shows(&self, time: NaiveTime) -> bool {
        let is_among = |members: &[u8], number: u32| {
            members.is_empty() || members.iter().any(|member| u32::from(*member) == number)
        };
        is_among(&self.hours, time.hour())
            && is_among(&self.minutes, time.minute())
            && is_among(&self.seconds, time.second())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant as Stopwatch;

    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn bounds() -> Bounds {
        Bounds { now: at("2026-11-21T21:00:00Z").utc(), seconds_max: 720 * 3600 }
    }

    /// The times of a rule whose first time lasts an hour, or what is wrong with it.
    fn times(starts_at: &str, repeat: &str) -> Result<Vec<Time>, String> {
        times_of(starts_at, 3600, repeat)
    }

    fn times_of(starts_at: &str, seconds: i64, repeat: &str) -> Result<Vec<Time>, String> {
        let starts_at = at(starts_at);
        let ends_at = Instant::from(starts_at.utc() + TimeDelta::seconds(seconds));
        let rule = Rule::parse(repeat)?;
        let first = Time::check(starts_at, ends_at, &bounds()).map_err(|problem| problem.detail().to_owned())?;
        expand(first, &rule, &bounds()).map_err(|problem| problem.detail().to_owned())
    }

    fn starts(starts_at: &str, repeat: &str) -> Vec<String> {
        let times = times(starts_at, repeat).unwrap_or_else(|error| panic!("{repeat}: {error}"));
        times.iter().map(|time| time.starts_at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).collect()
    }

    fn wrong(starts_at: &str, repeat: &str) -> String {
        times(starts_at, repeat).expect_err(repeat)
    }

    #[test]
    fn a_rule_without_a_zone_goes_by_utc() {
        let expected = ["2027-03-25T09:00:00.250Z", "2027-04-01T09:00:00.250Z", "2027-04-08T09:00:00.250Z"];
        assert_eq!(starts("2027-03-25T09:00:00.250Z", "FREQ=WEEKLY;COUNT=3"), expected);
        assert_eq!(starts("2027-03-25T09:00:00.250Z", "RRULE:freq=weekly;until=20270409T000000Z"), expected);
    }

    #[test]
    fn the_hour_follows_the_clocks_of_the_zone() {
        let rule = "DTSTART;TZID=Europe/Berlin:20270325T090000\nRRULE:FREQ=WEEKLY;COUNT=2";
        assert_eq!(starts("2027-03-25T08:00:00Z", rule), ["2027-03-25T08:00:00Z", "2027-04-01T07:00:00Z"]);
        let autumn = "dtstart;tzid=America/New_York:20271101T090000\r\nFREQ=WEEKLY;COUNT=2\r\n";
        assert_eq!(starts("2027-11-01T13:00:00Z", autumn), ["2027-11-01T13:00:00Z", "2027-11-08T14:00:00Z"]);
        let utc = "DTSTART:20270325T080000Z\nRRULE:FREQ=WEEKLY;COUNT=2";
        assert_eq!(starts("2027-03-25T08:00:00Z", utc), ["2027-03-25T08:00:00Z", "2027-04-01T08:00:00Z"]);
    }

    /// RFC 5545, section 3.3.10: what doesn't occur is ignored, and doesn't count.
    #[test]
    fn an_hour_that_the_clocks_skip_is_none() {
        let rule = "DTSTART;TZID=Europe/Berlin:20270327T023000\nRRULE:FREQ=DAILY;COUNT=3";
        let expected = ["2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"];
        assert_eq!(starts("2027-03-27T01:30:00Z", rule), expected);
        let skipped = "DTSTART;TZID=Europe/Berlin:20270328T023000\nRRULE:FREQ=DAILY;COUNT=3";
        assert!(wrong("2027-03-28T01:30:00Z", skipped).contains("clocks of its zone skip"));
    }

    #[test]
    fn an_hour_that_the_clocks_show_twice_is_the_first_one() {
        let rule = "DTSTART;TZID=Europe/Berlin:20271030T023000\nRRULE:FREQ=DAILY;COUNT=3";
        let expected = ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"];
        assert_eq!(starts("2027-10-30T00:30:00Z", rule), expected);
    }

    #[test]
    fn the_29th_of_february_comes_when_it_does() {
        assert_eq!(starts("2028-02-29T08:00:00Z", "FREQ=YEARLY;COUNT=1"), ["2028-02-29T08:00:00Z"]);
        assert!(wrong("2028-02-29T08:00:00Z", "FREQ=YEARLY;COUNT=2").contains("two years"), "the next is in 2032");
        let months = starts("2027-10-31T08:00:00Z", "FREQ=MONTHLY;COUNT=3");
        assert_eq!(months, ["2027-10-31T08:00:00Z", "2027-12-31T08:00:00Z", "2028-01-31T08:00:00Z"]);
    }

    #[test]
    fn rules_of_the_rfc_are_understood() {
        let last_friday = "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3";
        let expected = ["2026-11-27T08:00:00Z", "2026-12-25T08:00:00Z", "2027-01-29T08:00:00Z"];
        assert_eq!(starts("2026-11-27T08:00:00Z", last_friday), expected);
        let workdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20261130T090000Z;WKST=SU";
        assert_eq!(starts("2026-11-23T08:00:00Z", workdays).len(), 6);
        assert_eq!(starts("2026-11-23T08:00:00Z", "FREQ=HOURLY;INTERVAL=6;COUNT=4")[3], "2026-11-24T02:00:00Z");
        assert_eq!(starts("2026-11-30T08:00:00Z", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2").len(), 2);
        assert_eq!(times_of("2026-11-23T08:00:00Z", 60, "FREQ=MINUTELY;INTERVAL=10;COUNT=1000").unwrap().len(), 1000);
    }

    #[test]
    fn what_never_ends_or_goes_too_far_is_refused() {
        for rule in ["FREQ=WEEKLY", "FREQ=DAILY;BYHOUR=8", "FREQ=YEARLY;BYMONTH=11"] {
            assert!(wrong("2026-11-23T08:00:00Z", rule).contains("never ends"), "{rule}");
        }
        for rule in ["FREQ=YEARLY;COUNT=4", "FREQ=MONTHLY;COUNT=26", "FREQ=WEEKLY;UNTIL=20990101T000000Z"] {
            assert!(wrong("2026-11-23T08:00:00Z", rule).contains("two years"), "{rule}");
        }
        assert_eq!(starts("2026-11-21T21:00:00Z", "FREQ=YEARLY;COUNT=2").len(), 2);
        assert!(wrong("2026-11-22T21:00:00Z", "FREQ=YEARLY;COUNT=3").contains("two years"));
    }

    #[test]
    fn floods_are_refused_before_they_are_made() {
        let begun = Stopwatch::now();
        for (rule, told) in [
            ("FREQ=SECONDLY;COUNT=10", "SECONDLY"),
            ("FREQ=SECONDLY;UNTIL=20281101T000000Z", "SECONDLY"),
            ("FREQ=MINUTELY;COUNT=4000000000", "overlap"),
            ("FREQ=DAILY;BYHOUR=8,9,10;BYMINUTE=0,30;COUNT=9", "overlap"),
            ("FREQ=DAILY;BYSECOND=0,1,2,3;COUNT=4", "overlap"),
            ("FREQ=MINUTELY;BYSETPOS=2;BYSECOND=0;COUNT=2", "first time"),
            ("FREQ=DAILY;BYDAY=MO;BYMONTHDAY=23;BYMONTH=2;COUNT=2", "first time"),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "first time"),
            ("FREQ=DAILY;INTERVAL=65535;COUNT=2", "two years"),
            ("FREQ=YEARLY;INTERVAL=65535;COUNT=2", "two years"),
        ] {
            assert!(
                wrong("2026-11-23T08:00:00Z", rule).contains(told),
                "{rule}: {}",
                wrong("2026-11-23T08:00:00Z", rule)
            );
        }
        assert!(
            times_of("2026-11-23T08:00:00Z", 60, "FREQ=MINUTELY;COUNT=1001").unwrap_err().contains("more than 1000")
        );
        assert!(begun.elapsed().as_secs() < 20, "however slow this machine is: no step is without a bound");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in [
            "",
            "WEEKLY",
            "FREQ=",
            "FREQ=FORTNIGHTLY;COUNT=2",
            "COUNT=2",
            "FREQ=WEEKLY;COUNT=0",
            "FREQ=WEEKLY;COUNT=-1",
            "FREQ=WEEKLY;COUNT=1;COUNT=2",
            "FREQ=WEEKLY;COUNT=2;UNTIL=20271231T000000Z",
            "FREQ=WEEKLY;UNTIL=20271231",
            "FREQ=WEEKLY;UNTIL=20271231T000000",
            "FREQ=WEEKLY;UNTIL=20201231T000000Z",
            "FREQ=WEEKLY;INTERVAL=0;COUNT=2",
            "FREQ=WEEKLY;INTERVAL=70000;COUNT=2",
            "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
            "FREQ=WEEKLY;BYEASTER=1;COUNT=2",
            "FREQ=WEEKLY;BYWEEKDAY=MO;COUNT=2",
            "FREQ=WEEKLY;COUNT=2;",
            "FREQ=WEEKLY; COUNT=2",
            "EXRULE:FREQ=WEEKLY;COUNT=2",
            "FREQ=WEEKLY;COUNT=2\nRDATE:20270101T000000Z",
            "DTSTART;TZID=Europe/Berlin:20261123T090000",
            "DTSTART;TZID=Mars/Olympus:20261123T090000\nFREQ=WEEKLY;COUNT=2",
            "DTSTART:20261123T090000\nFREQ=WEEKLY;COUNT=2",
            "DTSTART;TZID=Europe/Berlin:20261123T100000\nFREQ=WEEKLY;COUNT=2",
            "DTSTART;TZID=Europe/Berlin:20260229T090000\nFREQ=WEEKLY;COUNT=2",
            "FREQ=WEEKLY;BYDAY=TU;COUNT=2",
            "FREQ=WEEKLY;COUNT=2\u{e9}",
            &format!("FREQ=WEEKLY;COUNT=2;BYHOUR={}", "8,".repeat(600)),
        ] {
            assert!(times("2026-11-23T08:00:00Z", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_time_has_its_bounds() {
        let check = |from: &str, until: &str| {
            Time::check(at(from), at(until), &bounds()).map(|_| ()).map_err(|problem| problem.detail().to_owned())
        };
        assert!(check("2026-11-21T20:59:30Z", "2026-11-21T22:00:00Z").is_ok(), "clocks differ");
        assert!(check("2028-11-21T20:00:00Z", "2028-11-21T21:00:00Z").is_ok());
        for (from, until, field) in [
            ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", "ends_at"),
            ("2026-11-22T09:00:00Z", "2026-11-22T08:00:00Z", "ends_at"),
            ("2026-11-21T20:58:00Z", "2026-11-21T22:00:00Z", "starts_at"),
            ("2026-11-21T20:59:30Z", "2026-11-21T20:59:40Z", "starts_at"),
            ("2026-11-22T09:00:00Z", "2026-12-22T09:00:01Z", "ends_at"),
            ("2028-11-21T20:00:00Z", "2028-11-21T21:00:01Z", "ends_at"),
        ] {
            assert!(check(from, until).unwrap_err().starts_with(field), "{from} {until}");
        }
    }

    /// A rule of any parts, with values of which most are in bounds.
    fn any_rule() -> impl Strategy<Value = String> {
        let numbers = |bound: i32| prop::collection::vec(-bound..=bound, 1..4);
        let list = |name: &'static str, bound: i32| {
            numbers(bound)
                .prop_map(move |all| format!("{name}={}", all.iter().map(i32::to_string).collect::<Vec<_>>().join(",")))
        };
        let freq = prop::sample::select(&["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"][..]);
        let days = prop::sample::subsequence(vec!["MO", "TU", "-1WE", "2TH", "5FR", "SA", "SU"], 1..5);
        let part = prop_oneof![
            days.prop_map(|days| format!("BYDAY={}", days.join(","))),
            list("BYMONTH", 12),
            list("BYMONTHDAY", 31),
            list("BYYEARDAY", 366),
            list("BYWEEKNO", 53),
            list("BYHOUR", 23),
            list("BYMINUTE", 59),
            list("BYSECOND", 59),
            list("BYSETPOS", 366),
            (0..70_000_u32).prop_map(|interval| format!("INTERVAL={interval}")),
            prop::sample::select(&["MO", "SU", "WE"][..]).prop_map(|day| format!("WKST={day}")),
        ];
        let end = prop_oneof![
            (0..2_000_u32).prop_map(|count| format!("COUNT={count}")),
            Just("UNTIL=20271231T000000Z".to_owned())
        ];
        (freq, prop::collection::vec(part, 0..4), end).prop_map(|(freq, parts, end)| {
            format!("FREQ={freq};{}{end}", parts.iter().map(|part| format!("{part};")).collect::<String>())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn any_rule_ends_in_times_in_order_or_in_an_error(rule in any_rule(), zone in prop::sample::select(&["", "DTSTART;TZID=Europe/Berlin:20261123T090000\n"][..])) {
            let Ok(times) = times_of("2026-11-23T08:00:00Z", 60, &format!("{zone}{rule}")) else { return Ok(()) };
            prop_assert!((1..=TIMES_MAX).contains(&times.len()));
            prop_assert!(times.windows(2).all(|pair| pair[0].ends_at <= pair[1].starts_at));
            prop_assert!(times.iter().all(|time| time.seconds() == 61 && time.ends_at <= bounds().end()));
        }

        #[test]
        fn any_text_is_a_rule_or_an_error(text in "[A-Z0-9=;,:+\\-\n]{0,80}") {
            let _ = times("2026-11-23T08:00:00Z", &text);
        }
    }
}
