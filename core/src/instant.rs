//! Instants that clients send, checked as they are read.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, de};
use utoipa::ToSchema;

/// An instant, to the millisecond: RFC 3339 with any offset when it comes in, UTC when it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-24T08:00:00.000Z")]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// Reads an instant; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = || "must be a time in RFC 3339".to_owned();
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| refuse())?;
        // A leap second is the one after it: SQLite knows none.
        let time = DateTime::from_timestamp_millis(time.timestamp_millis()).ok_or_else(refuse)?;
        match time.year() {
            0..=9999 => Ok(Self(time)),
            // An offset has moved it out of what four digits can say.
            _ => Err(refuse()),
        }
    }

    /// The instant itself.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// As the tables write it, so that comparing the texts compares the instants.
    pub fn text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_utc_milliseconds() {
        for (given, taken) in [
            ("2026-11-21T01:02:03Z", "2026-11-21T01:02:03.000Z"),
            ("2026-11-21T01:02:03.4569Z", "2026-11-21T01:02:03.456Z"),
            ("2026-11-21T01:02:03.5+02:30", "2026-11-20T22:32:03.500Z"),
            ("2026-11-21t01:02:03z", "2026-11-21T01:02:03.000Z"),
            ("2026-12-31T23:59:60.5Z", "2027-01-01T00:00:00.500Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Instant::parse(given).map(Instant::text).as_deref(), Ok(taken));
        }
        for bad in [
            "",
            "yesterday",
            "2026-11-21",
            "2026-11-21T01:02:03",
            "1",
            "2026-13-01T00:00:00Z",
            "2027-02-29T10:00:00Z",
            "\0",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert!(Instant::parse(bad).is_err(), "{bad:?}");
        }
    }
}
