//! A recurrence rule (RFC 5545, section 3.3.10) and the time zone that it goes by. What is refused early here is what makes
//! expanding a rule long; what is left is expanded by `times`.

use std::str::FromStr;

use baton_core::Problem;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, Unvalidated, Validated};

/// The longest `repeat`, in characters.
pub const REPEAT_MAX: usize = 1_000;

/// How a time is written in a calendar.
pub const LOCAL_TIME: &str = "%Y%m%dT%H%M%S";

/// The parts of a rule.
const PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// A rule that ends, as far as that can be told from how it is written.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The zone whose clocks the rule goes by.
    pub zone: Tz,
    /// The rule itself, without `RRULE:`.
    pub text: String,
    /// How many times there are, the first one included.
    pub count: Option<u32>,
    /// The first time, as the zone's clocks show it; none if that wasn't said.
    start: Option<NaiveDateTime>,
    /// What is left of it without its count. (A time that the zone's clocks skip doesn't count; the crate counts it.)
    uncounted: RRule<Unvalidated>,
}

impl Rule {
    /// Reads `repeat`: a rule, alone (`FREQ=WEEKLY;COUNT=10`) or after `RRULE:`, and before it a line that says by which zone's
    /// clocks it goes (`DTSTART;TZID=Europe/Berlin:20270301T090000`); without one it goes by UTC. The error says what is wrong.
    pub fn parse(repeat: &str) -> Result<Self, String> {
        if repeat.len() > REPEAT_MAX || !repeat.chars().all(|c| c.is_ascii_graphic() || matches!(c, '\r' | '\n')) {
            return Err(format!("must be a rule of RFC 5545, of {REPEAT_MAX} characters at most and without blanks"));
        }
        let lines: Vec<_> = repeat.lines().filter(|line| !line.is_empty()).collect();
        let (zone, start, rule) = match lines.as_slice() {
            [rule] => (Tz::UTC, None, *rule),
            [start, rule] => {
                let (zone, start) = read_start(start)?;
                (zone, Some(start), *rule)
            }
            _ => return Err("must be a rule, or a DTSTART and a rule in two lines".to_owned()),
        };
        let text = strip_name(rule, "RRULE:").unwrap_or(rule).to_ascii_uppercase();
        let (count, uncounted) = read_rule(&text)?;
        Ok(Self { zone, text, count, start, uncounted })
    }

    /// The rule for a first time.
    ///
    /// # Errors
    /// Another first time than `DTSTART` says, and what RFC 5545 doesn't allow.
    pub fn starting(&self, starts_at: DateTime<Utc>) -> Result<RRule<Validated>, Problem> {
        let local = starts_at.with_timezone(&self.zone);
        if let Some(start) = self.start {
            let said = self.zone.from_local_datetime(&start).earliest();
            let said = said.ok_or_else(|| refuse("DTSTART is a time that the clocks of its zone skip"))?;
            if said != local {
                return Err(refuse("DTSTART must be the same instant as starts_at"));
            }
        }
        let local = local.with_timezone(&rrule::Tz::from(self.zone));
        self.uncounted.clone().validate(local).map_err(|error| refuse(&error.to_string()))
    }
}

/// 422 for `repeat`.
pub fn refuse(detail: &str) -> Problem {
    Problem::invalid("repeat", detail)
}

/// What follows a name, in upper or lower case.
fn strip_name<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let begins = line.get(..name.len())?.eq_ignore_ascii_case(name);
    begins.then(|| &line[name.len()..])
}

/// Reads `DTSTART;TZID=zone:local time`, or `DTSTART:` with a time in UTC.
fn read_start(line: &str) -> Result<(Tz, NaiveDateTime), String> {
    const FORM: &str = "must begin with DTSTART;TZID=zone:YYYYMMDDTHHMMSS or DTSTART:YYYYMMDDTHHMMSSZ";
    let (zone, time) = if let Some(rest) = strip_name(line, "DTSTART;TZID=") {
        let (name, time) = rest.rsplit_once(':').ok_or(FORM)?;
        let name = name.trim_matches('"');
        (Tz::from_str(name).map_err(|_| format!("there is no time zone {name} (IANA's names: Europe/Berlin)"))?, time)
    } else {
        (Tz::UTC, strip_name(line, "DTSTART:").and_then(|time| time.strip_suffix('Z')).ok_or(FORM)?)
    };
    NaiveDateTime::parse_from_str(time, LOCAL_TIME).map(|time| (zone, time)).map_err(|_| FORM.to_owned())
}

/// A rule's count, and the rule without it.
fn read_rule(text: &str) -> Result<(Option<u32>, RRule<Unvalidated>), String> {
    let (mut count, mut others) = (None, Vec::new());
    for part in text.split(';') {
        let (name, value) = part.split_once('=').ok_or("must be a rule, such as FREQ=WEEKLY;COUNT=10")?;
        if !PARTS.contains(&name) {
            return Err(format!("has a part that RFC 5545 doesn't know: {name}"));
        }
        match (name, value) {
            ("COUNT", value) if count.is_none() => {
                let number = value.parse::<u32>().ok().filter(|number| *number > 0);
                count = Some(number.ok_or("COUNT must be a number from 1 on")?);
            }
            ("COUNT", _) => return Err("has COUNT twice".to_owned()),
            // Anything else is of another kind than `starts_at`.
            ("UNTIL", value) if !value.ends_with('Z') => {
                return Err("UNTIL must be a time in UTC, such as 20271231T235959Z".to_owned());
            }
            _ => others.push(part),
        }
    }
    let rule = RRule::<Unvalidated>::from_str(&others.join(";")).map_err(|error| error.to_string())?;
    if rule.get_freq() == Frequency::Secondly {
        return Err("can't be SECONDLY".to_owned());
    }
    if rule.get_interval() == 0 {
        return Err("INTERVAL must be a number from 1 on".to_owned());
    }
    match (count, rule.get_until()) {
        (None, None) => Err("never ends: it needs COUNT or UNTIL".to_owned()),
        (Some(_), Some(_)) => Err("has both COUNT and UNTIL".to_owned()),
        _ => Ok((count, rule)),
    }
}
