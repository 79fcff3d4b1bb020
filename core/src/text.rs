//! Text that clients send, checked as it is read.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::number;

/// The longest part number, in characters (contract, "Rules for every route").
pub(crate) const PART_NUMBER_MAX: usize = 128;

/// A part number: 1 to 128 letters, digits, `.`, `_`, `-` or `~`, the first one a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
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

impl<'de> Deserialize<'de> for PartNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Characters that nobody sees, or that change how others are seen: Unicode's `Default_Ignorable_Code_Point`, the embeddings,
/// overrides and isolates of the bidirectional algorithm among them, and what separates lines, paragraphs and annotations.
const UNSEEN: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{133fc}', '\u{133fc}'),
    ('\u{13439}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Text of 1 to `MAX` characters that people see: it isn't blank, and holds neither control characters nor others that can't
/// be seen. A message may have lines, and tabs in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text<const MAX: usize>(String);

/// A name, a fingerprint or an object: 1 to 200 characters.
pub type Name = Text<200>;

/// A message: 1 to 2,000 characters.
pub type Message = Text<2000>;

/// The longest note, in characters.
const NOTE_MAX: usize = 500;

/// What a message may be laid out with.
const LAYOUT: [char; 3] = ['\t', '\n', '\r'];

impl<const MAX: usize> Text<MAX> {
    /// Whether it is long enough for more than a line.
    const HAS_LINES: bool = MAX >= 500;

    /// Checks `text`; the error says what is wrong with it.
    pub fn parse(text: String) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > MAX {
            return Err(format!("must have 1 to {MAX} characters and not be blank"));
        }
        no_unseen(&text, if Self::HAS_LINES { &LAYOUT } else { &[] })?;
        Ok(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX));
        let description = format!("Text of 1 to {MAX} characters that can be seen, and not only blanks.");
        text.pattern(Some(if Self::HAS_LINES { lines_pattern() } else { seen_pattern() }))
            .description(Some(description))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Text<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// What a session is held for: up to 500 characters like those of a message. An empty one takes back what was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note(String);

impl Note {
    /// Checks `text`; the error says what is wrong with it.
    pub fn parse(text: String) -> Result<Self, String> {
        if text.is_empty() { Ok(Self(text)) } else { Text::<NOTE_MAX>::parse(text).map(|text| Self(text.0)) }
    }

    /// The note itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialSchema for Note {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(NOTE_MAX));
        let description = "Up to 500 characters that can be seen, in lines. An empty one takes back what was there.";
        text.pattern(Some(format!("^$|{}", lines_pattern()))).description(Some(description)).into()
    }
}

impl ToSchema for Note {
    fn name() -> Cow<'static, str> {
        "Note".into()
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The pattern of text that isn't blank and holds nothing that can't be seen.
pub fn seen_pattern() -> String {
    pattern(r"\u0000-\u001f")
}

/// The same where there may be lines.
fn lines_pattern() -> String {
    pattern(r"\u0000-\u0008\u000b\u000c\u000e-\u001f")
}

fn pattern(control: &str) -> String {
    let unseen: String = UNSEEN.iter().map(|(first, last)| format!("{first}-{last}")).collect();
    let unseen = format!(r"{control}\u007f-\u009f{unseen}");
    format!(r"^[^{unseen}]*[^\s{unseen}][^{unseen}]*$")
}

/// Checks text of any length that people see, in lines; the error says what is wrong with it.
pub fn check_seen(text: &str) -> Result<(), String> {
    no_unseen(text, &LAYOUT)
}

fn no_unseen(text: &str, layout: &[char]) -> Result<(), String> {
    match text.chars().find(|c| is_unseen(*c) && !layout.contains(c)) {
        Some(unseen) => Err(format!("must not hold U+{:04X}, a character that can't be seen", u32::from(unseen))),
        None => Ok(()),
    }
}

/// Whether nobody sees a character, or it changes how others are seen: a control character, or one of those above.
pub fn is_unseen(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&c)))
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A time to live in seconds: 1 to as many as `session_ttl_max_hours` are, which `config::ttl_seconds` holds it against. The
/// description has the bound of 720 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 2592000)]
pub struct TtlSeconds(pub i64);

impl<'de> Deserialize<'de> for TtlSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match number::whole(deserializer)? {
            seconds @ 1.. => Ok(Self(seconds)),
            _ => Err(de::Error::custom("must be at least 1 second")),
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
        for bad in ["", "  ", "abcd", "a\0"] {
            assert!(Text::<3>::parse(bad.into()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn texts_hold_what_can_be_seen() {
        for good in ["\u{1f527} \u{e9}e\u{301}", "\u{5d0}\u{5d1}", "\u{20ac} \u{3000}x", "<b>'\"\\"] {
            assert!(Name::parse(good.into()).is_ok(), "{good:?}");
        }
        for unseen in [
            '\0',
            '\u{7}',
            '\n',
            '\t',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{3164}',
        ] {
            let error = Name::parse(format!("a{unseen}b")).unwrap_err();
            assert!(error.contains(&format!("U+{:04X}", u32::from(unseen))), "{error}");
        }
        assert!(Message::parse("two\r\n\tlines".into()).is_ok() && Message::parse("a\u{b}b".into()).is_err());
        assert!(Note::parse(String::new()).is_ok() && Note::parse("two\nlines".into()).is_ok());
        for bad in [" ", "a\u{200b}b", &"x".repeat(501)] {
            assert!(Note::parse(bad.into()).is_err(), "{bad:?}");
        }
        assert!(UNSEEN.is_sorted() && UNSEEN.iter().all(|(first, last)| first <= last));
    }
}
