//! The types of events (contract, "Events"), and patterns of them.

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// How long a pattern is at most, in characters.
const PATTERN_MAX: usize = 100;

/// Every type that there is.
pub const TYPES: [&str; 20] = [
    "approval.completed",
    "approval.created",
    "approval.signed",
    "edit.checkpoint_created",
    "edit.force_released",
    "edit.handoff_accepted",
    "edit.handoff_cancelled",
    "edit.handoff_declined",
    "edit.handoff_requested",
    "edit.reservation_due",
    "edit.session_acquired",
    "edit.session_expired",
    "edit.session_granted",
    "edit.session_released",
    "edit.session_stale",
    "edit.session_transferred",
    "webhook.disabled",
    "webhook.test",
    "workstation.command",
    "workstation.command_done",
];

/// A type of event, or how it begins and a `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^([a-z_.]{1,100}|[a-z_.]{0,99}[*])$", example = "edit.session_*")]
pub struct TypePattern(String);

impl TypePattern {
    /// The one that fits every type.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether any type fits it.
    pub fn fits_any(&self) -> bool {
        TYPES.into_iter().any(|name| match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == self.0,
        })
    }
}

impl<'de> Deserialize<'de> for TypePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = text.strip_suffix('*').unwrap_or(&text);
        let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'));
        if is_name && !text.is_empty() && text.len() <= PATTERN_MAX {
            Ok(Self(text))
        } else {
            Err(de::Error::custom("must be a type of event, which may end in *"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::DEFINITIONS;

    /// The types that a statement may emit: what is quoted in it and looks like one.
    fn emitted(statement: &str) -> impl Iterator<Item = &str> {
        let looks = |word: &&str| {
            let is_name = word.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'));
            is_name && word.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && !rest.is_empty())
        };
        statement.split('\'').skip(1).step_by(2).filter(looks)
    }

    #[test]
    fn every_type_that_is_emitted_is_known() {
        let definitions = DEFINITIONS.concat();
        let statements = definitions.split("INSERT INTO emit ").skip(1).filter_map(|rest| rest.split(';').next());
        let all: Vec<_> = statements.flat_map(emitted).collect();
        assert!(all.len() > 10, "{all:?}");
        for name in all {
            assert!(TYPES.contains(&name), "{name} is missing among the types");
        }
    }

    #[test]
    fn patterns() {
        let fits =
            |text: &str| serde_json::from_value::<TypePattern>(text.into()).map(|pattern| pattern.fits_any()).ok();
        for (text, expected) in [
            ("*", Some(true)),
            ("edit.*", Some(true)),
            ("edit.handoff_requested", Some(true)),
            ("edit.handof*", Some(true)),
            ("edit.handof", Some(false)),
            ("edits.*", Some(false)),
            ("", None),
            ("a*b", None),
            ("Edit.*", None),
        ] {
            assert_eq!(fits(text), expected, "{text}");
        }
    }
}
