//! Which bytes a request wants (RFC 9110, sections 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What a `Range` header comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All: there is no range, or one that is passed over (several, another unit, or not as it should be).
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// None that there are.
    Unsatisfiable,
}

/// Which of `size` bytes a `GET` wants.
pub fn wanted(headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    // A date in `If-Range` never fits, because there is no `Last-Modified`.
    if headers.get(header::IF_RANGE).is_some_and(|validator| validator != etag) {
        return Wanted::Whole;
    }
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    range.and_then(|range| single(range, size)).unwrap_or(Wanted::Whole)
}

/// Reads one range of bytes; none if it is anything else.
fn single(range: &str, size: u64) -> Option<Wanted> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    match (first, last) {
        ("", length) => suffix(number(length)?, size),
        (first, "") => Some(part(number(first)?, u64::MAX, size)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| part(first, last, size))
        }
    }
}

fn part(first: u64, last: u64, size: u64) -> Wanted {
    if first < size { Wanted::Part(first..size.min(last.saturating_add(1))) } else { Wanted::Unsatisfiable }
}

/// The last `length` bytes. Of no bytes that is all of them, which no `Content-Range` can say.
fn suffix(length: u64, size: u64) -> Option<Wanted> {
    match (length, size) {
        (0, _) => Some(Wanted::Unsatisfiable),
        (_, 0) => None,
        _ => Some(Wanted::Part(size.saturating_sub(length)..size)),
    }
}

/// A number of digits alone; one that is too large is larger than any size.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"abc\"";

    fn with(headers: &[(header::HeaderName, &str)], size: u64) -> Wanted {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        wanted(&headers, ETAG, size)
    }

    #[test]
    fn one_range_of_bytes_is_read() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=3-", Wanted::Part(3..10)),
            ("bytes=9-9", Wanted::Part(9..10)),
            ("bytes=2-100", Wanted::Part(2..10)),
            ("Bytes=2-99999999999999999999999", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-100", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Unsatisfiable),
            ("bytes=10-11", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
        ] {
            assert_eq!(with(&[(header::RANGE, range)], 10), expected, "{range}");
        }
    }

    #[test]
    fn anything_else_is_passed_over() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=3-2",
            "bytes=a-b",
            "bytes=1-2,4-5",
            "bytes=0--1",
            "bytes=+1-2",
            "items=0-1",
            "bytes 0-1",
        ] {
            assert_eq!(with(&[(header::RANGE, range)], 10), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn of_no_bytes() {
        assert_eq!(with(&[(header::RANGE, "bytes=0-")], 0), Wanted::Unsatisfiable);
        assert_eq!(with(&[(header::RANGE, "bytes=-5")], 0), Wanted::Whole);
        assert_eq!(with(&[], 0), Wanted::Whole);
    }

    #[test]
    fn if_range_is_a_condition() {
        for (validator, expected) in [
            (ETAG, Wanted::Part(0..1)),
            ("W/\"abc\"", Wanted::Whole),
            ("\"other\"", Wanted::Whole),
            ("Tue, 15 Nov 1994 12:45:26 GMT", Wanted::Whole),
        ] {
            let headers = [(header::RANGE, "bytes=0-0"), (header::IF_RANGE, validator)];
            assert_eq!(with(&headers, 10), expected, "{validator}");
        }
    }
}
