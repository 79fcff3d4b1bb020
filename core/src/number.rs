//! Whole numbers that clients send, checked as they are read.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// From here on not every whole number is one of JSON's (RFC 8259, section 6): 2^53.
const EXACT_END: f64 = 9_007_199_254_740_992.0;

/// Reads a whole number, however it is written: JSON has one kind of number, so that `15.0` is 15 (JSON Schema, section 4.2.3 of
/// the core specification).
///
/// # Errors
/// What isn't a number, isn't whole, or is out of the bounds of an `i64`.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_i64(Whole)
}

/// [`whole`], of a member that may be null; with `#[serde(default)]` it may be absent, too.
///
/// # Errors
/// As [`whole`].
pub fn whole_if_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "whole")] i64);
    Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
}

/// Reads a whole number from `min` to `max`.
///
/// # Errors
/// As [`whole`], and what is out of these bounds.
pub fn bounded<'de, D: Deserializer<'de>>(deserializer: D, min: i64, max: i64) -> Result<i64, D::Error> {
    match whole(deserializer)? {
        number if (min..=max).contains(&number) => Ok(number),
        _ => Err(de::Error::custom(format!("must be between {min} and {max}"))),
    }
}

struct Whole;

impl de::Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        if number.fract() == 0.0 && number.abs() < EXACT_END {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within bounds")]
            let whole = number as i64;
            Ok(whole)
        } else {
            Err(E::invalid_value(de::Unexpected::Float(number), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<i64> {
        whole(&mut serde_json::Deserializer::from_str(text)).ok()
    }

    #[test]
    fn a_whole_number_may_be_written_in_any_way() {
        for (text, number) in [("15", 15), ("15.0", 15), ("1.5e1", 15), ("-2", -2), ("-0.0", 0)] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        assert_eq!(read("9223372036854775807"), Some(i64::MAX));
        for bad in ["1.5", "1e300", "9223372036854775808", "\"1\"", "null", "true", "[1]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn bounds_are_among_what_fits() {
        let fits = |text: &str| bounded(&mut serde_json::Deserializer::from_str(text), 1, 10).is_ok();
        assert!(fits("1") && fits("10.0") && !fits("0") && !fits("11") && !fits("10.5"));
    }
}
