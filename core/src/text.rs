//! Text that clients send, checked as it is read.

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// The longest part number, in characters (contract, "Rules for every route").
const PART_NUMBER_MAX: usize = 128;

/// A part number: 1 to 128 letters, digits, `.`, `_`, `-` or `~`, the first one a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, example = "F01-0001", pattern = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$")]
pub struct PartNumber(String);

impl PartNumber {
    /// Reads a part number; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let follows = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '~');
        if text.is_empty() || text.chars().count() > PART_NUMBER_MAX {
            return Err(format!("must have 1 to {PART_NUMBER_MAX} characters"));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err("must begin with a letter or a digit".to_owned());
        }
        if !text.chars().all(follows) {
            return Err("may hold letters, digits, '.', '_', '-' and '~'".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The part number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text of 1 to `MAX` characters that isn't blank and holds no NUL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String)]
pub struct Text<const MAX: usize>(String);

/// A name, a fingerprint or an object: 1 to 200 characters.
pub type Name = Text<200>;

/// A message: 1 to 2,000 characters.
pub type Message = Text<2000>;

impl<const MAX: usize> Text<MAX> {
    /// Checks `text`; the error says what is wrong with it.
    pub fn parse(text: String) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > MAX {
            return Err(format!("must have 1 to {MAX} characters and not be blank"));
        }
        if text.contains('\0') {
            return Err("must not hold a NUL character".to_owned());
        }
        Ok(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A time to live in seconds: 1 to 86,400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 86400)]
pub struct TtlSeconds(pub i64);

impl<'de> Deserialize<'de> for TtlSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            seconds @ 1..=86_400 => Ok(Self(seconds)),
            _ => Err(de::Error::custom("must be between 1 and 86400 seconds")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_numbers() {
        for good in ["F01-0001", "a", "9.x_y~z-", &"x".repeat(128)] {
            assert!(PartNumber::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "a/b", "a b", "a\0", "ä", "a%2F", &"x".repeat(129)] {
            assert!(PartNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_count_characters_and_refuse_blanks() {
        assert!(Text::<3>::parse("äöü".into()).is_ok());
        for bad in ["", " \n", "abcd", "a\0"] {
            assert!(Text::<3>::parse(bad.into()).is_err(), "{bad:?}");
        }
    }
}
