//! Times, as people say them.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long ago something was, such as `12 min`.
pub fn since(time: &str) -> String {
    seconds_between(time, Utc::now()).map_or_else(String::new, duration)
}

/// How long it is until then, such as `12 min`.
pub fn until(time: &str) -> String {
    seconds_between(time, Utc::now()).map_or_else(String::new, |seconds| duration(-seconds))
}

/// The time from one instant of the server's to another; none if one is no time, or the second isn't later.
pub fn lasts(from: &str, to: &str) -> Option<Duration> {
    let [from, to] = [from, to].map(|time| DateTime::parse_from_rfc3339(time).ok());
    (to? - from?).to_std().ok().filter(|lasts| !lasts.is_zero())
}

fn seconds_between(from: &str, to: DateTime<Utc>) -> Option<i64> {
    let from = DateTime::parse_from_rfc3339(from).ok()?;
    Some((to - from.to_utc()).num_seconds())
}

/// So many seconds. Clocks differ: what would be less than none is none.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let rounded = |unit: i64| (seconds + unit / 2) / unit;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3570 => format!("{} min", rounded(60)),
        3570..171_000 => format!("{} h", rounded(3600)),
        _ => format!("{} days", rounded(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        let said = [
            (-5, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (899, "15 min"),
            (7199, "2 h"),
            (170_999, "47 h"),
            (172_800, "2 days"),
        ];
        for (seconds, expected) in said {
            assert_eq!(duration(seconds), expected);
        }
        assert_eq!(since("soon"), "");
        let quarter = lasts("2026-11-21T00:00:00.000Z", "2026-11-21T00:15:00.500Z");
        assert_eq!(quarter, Some(Duration::from_millis(900_500)));
        assert_eq!(lasts("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"), None);
    }
}
