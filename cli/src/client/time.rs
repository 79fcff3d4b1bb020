//! Times, as people say them.

use chrono::{DateTime, Utc};

/// How long ago something was, such as `12 min`.
pub fn since(time: &str) -> String {
    seconds_between(time, Utc::now()).map_or_else(String::new, duration)
}

/// How long it is until then, such as `12 min`.
pub fn until(time: &str) -> String {
    seconds_between(time, Utc::now()).map_or_else(String::new, |seconds| duration(-seconds))
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
    }
}
