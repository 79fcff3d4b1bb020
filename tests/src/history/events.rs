//! Every event once and in order, at every listener ("Events" of the contract).

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::{Defect, Entry, Rule};
use crate::Json;

/// What is told to those who watch an item, and of what it tells.
const TOLD: [(&str, &str); 5] = [
    ("edit.session_acquired", "session_id"),
    ("edit.session_released", "session_id"),
    ("edit.session_expired", "session_id"),
    ("edit.session_transferred", "session_id"),
    ("edit.checkpoint_created", "checkpoint_id"),
];

/// An event as a listener heard it. (An hour's history has millions of them.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Stands for its id.
    pub id: u64,
    /// On which item, what, and of which session or checkpoint; nothing for what is told to one workstation alone.
    pub told: Option<(String, &'static str, String)>,
}

impl Heard {
    /// From an event of `GET /api/events`.
    pub fn read(event: &Value) -> Self {
        let found = TOLD.iter().find(|(kind, _)| event["type"] == *kind);
        let told = found.map(|(kind, subject)| {
            let subject = event["data"].text(subject).to_owned();
            (event.text("part_number").to_owned(), *kind, subject)
        });
        Self { id: stand_in(event.text("id")), told }
    }
}

/// A number instead of an id.
pub fn stand_in(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// What a listener heard while there was trouble is what the log has for it: once, and in order. With a defect goes how many events
/// there are before it.
pub fn check_listener(name: &str, heard: &[u64], log: &[Heard]) -> Option<(usize, Defect)> {
    let in_log = log.iter().map(|event| event.id);
    if heard.iter().copied().eq(in_log.clone()) {
        return None;
    }
    let known: HashSet<u64> = in_log.clone().collect();
    let mut once = HashSet::new();
    let doubled = heard.iter().filter(|id| !once.insert(**id)).count();
    let missing = known.difference(&once).count();
    let strange = once.difference(&known).count();
    let place = heard.iter().copied().zip(in_log).take_while(|(heard, told)| heard == told).count();
    let detail = format!(
        "{name} heard {} of {} events, {missing} missing, {doubled} doubled, {strange} not for it, \
         the first difference after {place}",
        heard.len(),
        log.len()
    );
    Some((place, Defect::new(Rule::Heard, detail)))
}

/// What the log tells of each item is what the audit log says has happened on it: once, and in order.
///
/// `log` is what a workstation heard that watches all items.
pub fn check_log(audit: &[Entry], log: &[Heard]) -> Vec<Defect> {
    let mut happened: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for entry in audit {
        if let Some(kind) = kind_of(entry) {
            happened.entry(&entry.part).or_default().push((kind, &entry.resource));
        }
    }
    let mut told: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for (part, kind, subject) in log.iter().filter_map(|event| event.told.as_ref()) {
        told.entry(part).or_default().push((kind, subject));
    }
    let parts: HashSet<&str> = happened.keys().chain(told.keys()).copied().collect();
    parts.into_iter().filter_map(|part| compare(part, happened.get(part), told.get(part))).collect()
}

fn kind_of(entry: &Entry) -> Option<&'static str> {
    match entry.action.as_str() {
        // The end of the one before tells of it.
        "edit.session_acquired" if entry.begun.as_ref().is_some_and(|begun| begun.is_transferred) => None,
        "edit.force_released" => Some("edit.session_released"),
        "checkpoint.created" => Some("edit.checkpoint_created"),
        action => TOLD.iter().map(|(kind, _)| *kind).find(|kind| *kind == action),
    }
}

fn compare(part: &str, happened: Option<&Vec<(&str, &str)>>, told: Option<&Vec<(&str, &str)>>) -> Option<Defect> {
    let [happened, told] = [happened, told].map(|list| list.map_or(&[][..], Vec::as_slice));
    let place = happened.iter().zip(told).take_while(|(one, other)| one == other).count();
    if place == happened.len() && place == told.len() {
        return None;
    }
    let detail = format!(
        "{part}: after {place} of {} changes and {} events: {:?} happened, {:?} was told",
        happened.len(),
        told.len(),
        happened.get(place),
        told.get(place)
    );
    Some(Defect::new(Rule::Told, detail))
}

/// What is told of items is told to whoever watches them: this listener heard all of `all` that is on its `parts`.
pub fn check_deliveries(name: &str, parts: &HashSet<&str>, own: &[Heard], all: &[Heard]) -> Vec<Defect> {
    let ids_on_parts = |log: &[Heard]| -> Vec<u64> {
        let on_parts = log.iter().filter(|e| e.told.as_ref().is_some_and(|(part, ..)| parts.contains(part.as_str())));
        on_parts.map(|event| event.id).collect()
    };
    let all: Vec<Heard> = ids_on_parts(all).into_iter().map(|id| Heard { id, told: None }).collect();
    check_listener(name, &ids_on_parts(own), &all).map(|(_, defect)| defect).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::defect::rules;
    use super::super::samples::{begins, ends, entry};
    use super::*;

    fn event(id: u64, kind: &'static str, subject: &str) -> Heard {
        Heard { id, told: Some(("part".to_owned(), kind, subject.to_owned())) }
    }

    fn log() -> Vec<Heard> {
        vec![event(1, "edit.session_acquired", "a"), event(2, "edit.session_released", "a")]
    }

    fn audit() -> Vec<Entry> {
        vec![begins(1, "a", "x", None, 1), entry(2, "edit.session_renewed", "a"), ends(3, "a", "released")]
    }

    #[test]
    fn an_event_is_read() {
        let data = serde_json::json!({ "session_id": "s", "checkpoint_id": "c" });
        let read = |kind: &str| {
            let event = serde_json::json!({ "id": "7", "type": kind, "part_number": "part", "data": data });
            Heard::read(&event).told
        };
        let told = |kind, subject: &str| Some(("part".to_owned(), kind, subject.to_owned()));
        assert_eq!(read("edit.session_expired"), told("edit.session_expired", "s"));
        assert_eq!(read("edit.checkpoint_created"), told("edit.checkpoint_created", "c"));
        assert_eq!(read("edit.handoff_requested"), None);
    }

    #[test]
    fn all_once_and_in_order_is_right() {
        assert_eq!(check_listener("l", &[1, 2], &log()), None);
        assert_eq!(check_log(&audit(), &log()), []);
        assert_eq!(check_deliveries("l", &HashSet::from(["part"]), &log(), &log()), []);
        assert_eq!(check_deliveries("l", &HashSet::from(["other"]), &[], &log()), []);
    }

    #[test]
    fn a_listener_that_hears_otherwise_is_found() {
        for (heard, right) in [(&[1][..], 1), (&[2, 1], 0), (&[1, 1, 2], 1), (&[1, 2, 2], 2), (&[1, 2, 3], 2), (&[], 0)]
        {
            let (place, defect) = check_listener("l", heard, &log()).expect("a defect");
            assert_eq!((place, rules(&[defect])), (right, vec![Rule::Heard]), "{heard:?}");
        }
    }

    #[test]
    fn what_is_not_told_once_and_in_order_is_found() {
        let [first, second] = <[Heard; 2]>::try_from(log()).expect("two");
        let wrong: [Vec<Heard>; 4] = [
            vec![first.clone()],
            vec![second.clone(), first.clone()],
            vec![first.clone(), first.clone(), second.clone()],
            vec![first, event(3, "edit.session_released", "b"), second],
        ];
        for told in wrong {
            assert_eq!(rules(&check_log(&audit(), &told)), [Rule::Told], "{told:?}");
        }
        assert_eq!(rules(&check_log(&[], &log())), [Rule::Told]);
    }

    #[test]
    fn a_handover_is_told_by_the_end_of_the_one_before() {
        let mut next = begins(3, "b", "y", None, 2);
        next.begun.as_mut().expect("a beginning").is_transferred = true;
        let audit = [begins(1, "a", "x", None, 1), ends(2, "a", "transferred"), next];
        let log = [event(1, "edit.session_acquired", "a"), event(2, "edit.session_transferred", "a")];
        assert_eq!(check_log(&audit, &log), []);
    }

    #[test]
    fn a_delivery_that_is_missing_is_found() {
        let own = &log()[..1];
        assert_eq!(rules(&check_deliveries("l", &HashSet::from(["part"]), own, &log())), [Rule::Heard]);
    }
}
