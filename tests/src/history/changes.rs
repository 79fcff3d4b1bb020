//! Every acknowledged change is there once, and no refused one.

use std::collections::{HashMap, HashSet};

use super::{Defect, Entry, Rule};

/// A change that a client was told of as done.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// What the audit log calls it.
    pub action: &'static str,
    /// To what it happened.
    pub resource: String,
    /// By which request; nothing where another request may have done it and this one found it done.
    pub request: Option<String>,
}

/// Compares what was acknowledged and what was refused with the audit log.
///
/// `refused` are the requests whose answer says that they changed nothing. What others' time had brought about before them
/// (an expiry, the line) is in their name, but `system` did it.
pub fn check_changes(audit: &[Entry], acknowledged: &[Acknowledged], refused: &HashSet<String>) -> Vec<Defect> {
    let mut by_resource: HashMap<(&str, &str), Vec<&Entry>> = HashMap::new();
    for entry in audit {
        by_resource.entry((&entry.action, &entry.resource)).or_default().push(entry);
    }
    let mut defects = Vec::new();
    for change in acknowledged {
        let entries = by_resource.get(&(change.action, change.resource.as_str())).map_or(&[][..], Vec::as_slice);
        let of_request = |entry: &&&Entry| change.request.as_ref().is_none_or(|request| *request == entry.request);
        let count = entries.iter().filter(of_request).count();
        if count != 1 {
            defects.push(Defect::new(Rule::Acknowledged, format!("{count} times in the log: {change:?}")));
        }
    }
    let happened = |entry: &&Entry| entry.actor != "system" && refused.contains(&entry.request);
    let refused = audit.iter().filter(happened);
    defects.extend(refused.map(|entry| Defect::new(Rule::Refused, format!("{entry:?}"))));
    defects
}

#[cfg(test)]
mod tests {
    use super::super::defect::rules;
    use super::super::samples::{begins, entry};
    use super::*;

    fn acquired(request: Option<&str>) -> [Acknowledged; 1] {
        let request = request.map(str::to_owned);
        [Acknowledged { action: "edit.session_acquired", resource: "a".to_owned(), request }]
    }

    #[test]
    fn what_is_there_once_is_right() {
        let audit = [begins(1, "a", "x", None, 1), entry(2, "edit.session_renewed", "a")];
        for request in [None, Some("r1")] {
            assert_eq!(check_changes(&audit, &acquired(request), &HashSet::new()), []);
        }
    }

    #[test]
    fn what_is_lost_is_found() {
        let none = HashSet::new();
        assert_eq!(rules(&check_changes(&[], &acquired(None), &none)), [Rule::Acknowledged]);
        let other = [begins(1, "a", "x", None, 1)];
        assert_eq!(rules(&check_changes(&other, &acquired(Some("r2")), &none)), [Rule::Acknowledged]);
    }

    #[test]
    fn what_was_done_twice_is_found() {
        let twice = [begins(1, "a", "x", None, 1), begins(2, "a", "x", None, 2)];
        assert_eq!(rules(&check_changes(&twice, &acquired(None), &HashSet::new())), [Rule::Acknowledged]);
    }

    #[test]
    fn what_was_refused_and_done_is_found() {
        let refused = HashSet::from(["r1".to_owned()]);
        let audit = [begins(1, "a", "x", None, 1)];
        assert_eq!(rules(&check_changes(&audit, &[], &refused)), [Rule::Refused]);
        let expiry = [Entry { actor: "system".to_owned(), ..entry(1, "edit.session_expired", "b") }];
        assert_eq!(check_changes(&expiry, &[], &refused), []);
    }
}
