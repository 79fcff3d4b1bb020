//! What somebody means by PART.

use std::path::Path;

use baton_client::part_number;
use serde_json::Value;
use url::Url;

use super::failure::Failure;
use super::repository::Repository;

/// The most characters of a part number ("Rules for every route" of the contract).
const MAX: usize = 128;

/// What is meant by PART.
#[derive(Clone, Debug)]
pub struct Part {
    /// As it was named.
    pub name: String,
    /// Its part number.
    pub number: String,
    /// The repository and the path in it, of a file.
    pub file: Option<(String, String)>,
}

/// What is named, each part once.
///
/// Errors: one is neither a part number nor a file of a repository that this Baton keeps the locks of.
pub fn resolve(baton: &Url, named: &[String]) -> Result<Vec<Part>, Failure> {
    let mut parts: Vec<Part> = Vec::new();
    for name in named {
        let part = resolve_one(baton, name)?;
        if parts.iter().all(|other| other.number != part.number) {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// What is named: a file where there is one of that name in such a repository, else a part number.
///
/// Errors: it is neither.
pub fn resolve_one(baton: &Url, named: &str) -> Result<Part, Failure> {
    let is_number = is_part_number(named);
    // What is no number and no path needs no look at git.
    let repository = if is_number && !Path::new(named).is_file() { None } else { Repository::here(baton) };
    let file = repository.filter(|repository| !is_number || repository.has(named));
    let path = file.and_then(|repository| Some((repository.path(named)?, repository.name)));
    let name = named.to_owned();
    match path {
        Some((path, repository)) => {
            Ok(Part { name, number: part_number(&repository, &path), file: Some((repository, path)) })
        }
        None if is_number => Ok(Part { name, number: named.to_owned(), file: None }),
        None => {
            let why = "is no part number (letters, digits and . _ - ~, 128 at most, the first one a letter or a digit), and no \
                       path in a git repository whose lfs.url is of this Baton";
            Err(Failure::misused(format!("{named:?} {why}")))
        }
    }
}

/// The part number of a file that is named; anything else as it is named.
pub fn number(baton: &Url, named: &str) -> String {
    match resolve_one(baton, named) {
        Ok(Part { number, file: Some(_), .. }) => number,
        _ => named.to_owned(),
    }
}

/// What is meant, in a line.
pub fn names(parts: &[Part]) -> String {
    parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// What is to be watched: parts, and patterns that end in `*`.
///
/// Errors: one is neither.
pub fn patterns(baton: &Url, named: &[String]) -> Result<Vec<String>, Failure> {
    let number = |name: &String| match is_pattern(name) {
        true => Ok(name.clone()),
        false => resolve_one(baton, name).map(|part| part.number),
    };
    named.iter().map(number).collect()
}

/// Whether an event is of one of these; without any, all are. What is said to this workstation itself always is.
pub fn fits(patterns: &[String], event: &Value) -> bool {
    let part = event["part_number"].as_str().unwrap_or_default();
    let path = match (event["repository"].as_str(), event["path"].as_str()) {
        (Some(repository), Some(path)) => format!("{repository}/{path}"),
        _ => String::new(),
    };
    let fits = |pattern: &String| match pattern.strip_suffix('*') {
        Some(beginning) => part.starts_with(beginning) || path.starts_with(beginning),
        None => part == pattern,
    };
    let is_of_workstation = event["type"].as_str().is_some_and(|kind| kind.starts_with("workstation."));
    is_of_workstation || patterns.is_empty() || patterns.iter().any(fits)
}

fn is_pattern(text: &str) -> bool {
    text.strip_suffix('*').is_some_and(|beginning| !beginning.contains('*'))
}

fn is_part_number(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "._-~".contains(character);
    text.len() <= MAX && text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn baton() -> Url {
        Url::parse("http://127.0.0.1:1").unwrap()
    }

    #[test]
    fn part_numbers_are_known() {
        for good in ["F01-0001", "a", "0.1_2~3", &"a".repeat(128)] {
            assert!(is_part_number(good), "{good}");
        }
        for bad in ["", "-a", "a/b", "a b", "a\n", "../a", &"a".repeat(129)] {
            assert!(!is_part_number(bad), "{bad}");
        }
    }

    #[test]
    fn a_part_that_is_named_twice_counts_once() {
        let named = ["B", "A", "B"].map(str::to_owned);
        let parts = resolve(&baton(), &named).unwrap();
        assert_eq!(parts.iter().map(|part| part.number.as_str()).collect::<Vec<_>>(), ["B", "A"]);
    }

    #[test]
    fn events_are_known_by_parts_and_patterns() {
        let event = json!({ "part_number": "F01-1", "repository": "cad", "path": "a/b" });
        let fits =
            |patterns: &[&str]| fits(&patterns.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), &event);
        assert!(fits(&[]) && fits(&["F01-1"]) && fits(&["X", "F01-*"]) && fits(&["*"]) && fits(&["cad/a*"]));
        assert!(!fits(&["F01"]) && !fits(&["F02-*"]) && !fits(&["cad/b*"]));
        assert!(patterns(&baton(), &["a*b".to_owned()]).is_err());
    }
}
