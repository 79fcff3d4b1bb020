//! What somebody means by PART.

use serde_json::Value;

use super::failure::Failure;

/// The most characters of a part number ("Rules for every route" of the contract).
const MAX: usize = 128;

/// The part numbers of what is named, each once.
///
/// Errors: one is none.
pub fn resolve(named: &[String]) -> Result<Vec<String>, Failure> {
    let mut parts: Vec<String> = Vec::new();
    for name in named {
        let part = resolve_one(name)?;
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// The part number of what is named.
///
/// Errors: it is none.
pub fn resolve_one(named: &str) -> Result<String, Failure> {
    if is_part_number(named) {
        return Ok(named.to_owned());
    }
    let why = "is no part number: letters, digits and . _ - ~, 128 at most, the first one a letter or a digit";
    Err(Failure::misused(format!("{named:?} {why}")))
}

/// What is to be watched: parts, and patterns that end in `*`.
///
/// Errors: one is neither.
pub fn patterns(named: &[String]) -> Result<Vec<String>, Failure> {
    named.iter().map(|name| if is_pattern(name) { Ok(name.clone()) } else { resolve_one(name) }).collect()
}

/// Whether an event is of one of these; without any, all are.
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
    patterns.is_empty() || patterns.iter().any(fits)
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
        assert_eq!(resolve(&named).unwrap(), ["B", "A"]);
    }

    #[test]
    fn events_are_known_by_parts_and_patterns() {
        let event = json!({ "part_number": "F01-1", "repository": "cad", "path": "a/b" });
        let fits =
            |patterns: &[&str]| fits(&patterns.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), &event);
        assert!(fits(&[]) && fits(&["F01-1"]) && fits(&["X", "F01-*"]) && fits(&["*"]) && fits(&["cad/a*"]));
        assert!(!fits(&["F01"]) && !fits(&["F02-*"]) && !fits(&["cad/b*"]));
        assert!(patterns(&["a*b".to_owned()]).is_err());
    }
}
