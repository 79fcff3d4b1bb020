//! Repositories and the paths in them (contract, "Git LFS"). What lies at a path of a repository is an item like any other, whose
//! part number follows from the two.

use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::text::{PART_NUMBER_MAX, PartNumber};

/// The longest name of a repository, in characters.
const NAME_MAX: usize = 64;

/// The longest path, in bytes.
const PATH_MAX: usize = 1_024;

/// How many bytes of the SHA-256 of repository and path a part number carries: nobody finds two that agree in so many.
const DIGEST_BYTES: usize = 16;

/// A repository's name: 1 to 64 characters as in a part number.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$")]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Reads a name; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > NAME_MAX {
            return Err(format!("must have 1 to {NAME_MAX} characters"));
        }
        PartNumber::parse(text).map(|_| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part number of what lies at `path`: readable, and unlike that of any other path of any repository. It ends with a
    /// digest of the two; what stands before that is for people.
    pub fn part_number(&self, path: &FilePath) -> String {
        let digest = Sha256::new().chain_update(&self.0).chain_update([0]).chain_update(&path.0).finalize();
        let digest: String = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect();
        let readable: Vec<char> = path.0.chars().map(readable).collect();
        let room = PART_NUMBER_MAX - self.0.len() - digest.len() - 2;
        let end: String = readable[readable.len().saturating_sub(room)..].iter().collect();
        format!("{}~{end}~{digest}", self.0)
    }
}

/// A character of a path as part numbers can show it.
fn readable(c: char) -> char {
    match c {
        '/' => '~',
        '.' | '-' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    }
}

/// A path in a repository, byte for byte as git has it: relative, with `/` between its members, at most 1,024 bytes.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "parts/flange.step", min_length = 1, max_length = 1024, pattern = r"^(?!(.*/)?\.{0,2}(/|$))[^\\\u0000-\u001f\u007f-\u009f]+$")]
pub struct FilePath(String);

impl FilePath {
    /// Reads a path; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > PATH_MAX {
            return Err(format!("must have 1 to {PATH_MAX} bytes"));
        }
        if text.starts_with('/') {
            return Err("must be relative to the top of the repository".to_owned());
        }
        if text.contains('\\') || text.chars().any(char::is_control) {
            return Err("must hold neither backslashes nor control characters".to_owned());
        }
        if text.split('/').any(|member| matches!(member, "" | "." | "..")) {
            return Err("must have neither empty members nor `.` or `..`".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn part_number(repository: &str, path: &str) -> String {
        RepositoryName::parse(repository).unwrap().part_number(&FilePath::parse(path).unwrap())
    }

    #[test]
    fn part_numbers_can_be_read_and_stay() {
        // This one stands in databases: it must never be another.
        assert_eq!(
            part_number("cad", "parts/left flange.step"),
            "cad~parts~left_flange.step~942fb9fc622e28b130fe8775890b7d31"
        );
    }

    #[test]
    fn no_two_paths_share_a_part_number() {
        let long = "x/".repeat(300);
        let paths = [
            ("cad", "a/b"),
            ("cad", "a~b"),
            ("cad", "a_b"),
            ("cad", "a b"),
            ("cad~a", "b"),
            ("CAD", "a/b"),
            ("cad", "A/b"),
            ("cad", "\u{e9}"),
            ("cad", "e\u{301}"),
            ("cad", &format!("{long}y")),
            ("cad", &format!("x/{long}y")),
        ];
        let numbers: BTreeSet<_> = paths.iter().map(|(repository, path)| part_number(repository, path)).collect();
        assert_eq!(numbers.len(), paths.len(), "{numbers:?}");
    }

    #[test]
    fn paths_are_those_of_git() {
        for good in ["a", "a/b.step", ".gitattributes", "a b", "\u{e9}", "...", "a..b", "~", "C:x", &"x".repeat(1_024)]
        {
            assert_eq!(FilePath::parse(good).map(|path| path.0), Ok(good.to_owned()));
        }
        let bad = [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "a/.",
            "a\\b",
            "a\nb",
            "a\0",
            "a\u{7f}",
            "a\u{85}",
            &"x".repeat(1_025),
            &"\u{e9}".repeat(513),
        ];
        for bad in bad {
            assert!(FilePath::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_short_part_numbers() {
        for good in ["cad", "a", "Team.cad_2~x-", &"x".repeat(64)] {
            assert!(RepositoryName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a/b", "a b", "\u{e4}", "..", &"x".repeat(65)] {
            assert!(RepositoryName::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_of_a_path_is_a_part_number(repository in "[A-Za-z0-9][A-Za-z0-9._~-]{0,63}", path in "[^/\\\\\\p{Cc}]{1,200}") {
            if let Ok(path) = FilePath::parse(&path) {
                let number = RepositoryName::parse(&repository).unwrap().part_number(&path);
                prop_assert!(PartNumber::parse(&number).is_ok(), "{number}");
            }
        }
    }
}
