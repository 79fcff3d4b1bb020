//! Items by how their names begin.

use crate::text::PartNumber;

/// One item, or all whose names begin in a certain way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The item of this part number.
    One(PartNumber),
    /// The items whose names begin so; all where that is empty.
    Beginning(String),
}

/// The longest name of a repository, in characters, and the longest path in one, in bytes (contract, "Git LFS").
const REPOSITORY_MAX: usize = 64;
const PATH_MAX: usize = 1024;

impl Pattern {
    /// Reads a part number that may end in `*`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_suffix('*') {
            None => PartNumber::parse(text).map(Self::One),
            Some("") => Ok(Self::Beginning(String::new())),
            Some(beginning) => {
                PartNumber::parse(beginning).map(|beginning| Self::Beginning(beginning.as_str().to_owned()))
            }
        }
    }

    /// The same, where what ends in `*` may also be the beginning of a path in a repository (`tools/src/`).
    pub fn parse_names(text: &str) -> Result<Self, String> {
        match text.strip_suffix('*') {
            Some(beginning) if beginning.contains('/') => {
                check_path_beginning(beginning).map(|()| Self::Beginning(beginning.to_owned()))
            }
            _ => Self::parse(text),
        }
    }

    /// A text that comes after every part number that begins so, and before every other one that comes after them.
    pub fn end(beginning: &str) -> String {
        // No part number holds DEL, nor anything beyond it.
        format!("{beginning}\u{7f}")
    }
}

/// Checks how a path begins, with its repository before it; the error says what is wrong.
fn check_path_beginning(beginning: &str) -> Result<(), String> {
    let (repository, path) = beginning.split_once('/').unwrap_or((beginning, ""));
    PartNumber::parse(repository)
        .map_err(|_| "must begin with the name of a repository, or be a part number".to_owned())?;
    let whole_segments = path.rsplit_once('/').map_or("", |(whole, _)| whole);
    if repository.len() > REPOSITORY_MAX || path.len() > PATH_MAX {
        return Err(format!("may have a repository of {REPOSITORY_MAX} and a path of {PATH_MAX} bytes"));
    }
    if path.starts_with('/') || whole_segments.split('/').any(|segment| segment == "..") {
        return Err("must be the beginning of a path within the repository".to_owned());
    }
    if path.contains(|c: char| c.is_control() || matches!(c, '\\' | '*')) {
        return Err("may hold '*' at its end alone, and neither backslashes nor control characters".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_at_the_end_or_nowhere() {
        assert_eq!(Pattern::parse("F01-*"), Ok(Pattern::Beginning("F01-".to_owned())));
        assert_eq!(Pattern::parse("*"), Ok(Pattern::Beginning(String::new())));
        assert!(matches!(Pattern::parse("F01-0001"), Ok(Pattern::One(_))));
        for bad in ["", "**", "F*1", "*1", "-*", "F01 *", &format!("{}*", "x".repeat(129))] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_begins_with_its_repository() {
        for good in ["tools/*", "tools/src/bracket*", "tools/..x*", "tools/\u{e4} b/*", "F01-*", "*", "F01-0001"] {
            assert!(Pattern::parse_names(good).is_ok(), "{good}");
        }
        let long = format!("{}/*", "x".repeat(65));
        for bad in ["/*", "tools//x*", "tools/../x*", "tools/a\\b*", "tools/*/x*", "tools/a\nb*", "tools/src", &long] {
            assert!(Pattern::parse_names(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_end_comes_after_all_that_begin_so() {
        for (beginning, number, fits) in
            [("F01-", "F01-~~~", true), ("F01-", "F01.", false), ("F01-", "F01-", true), ("", "z", true)]
        {
            let is_within = number >= beginning && number < Pattern::end(beginning).as_str();
            assert_eq!(is_within, fits, "{beginning} {number}");
        }
    }
}
