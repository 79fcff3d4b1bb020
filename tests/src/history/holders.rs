//! No two holders, by fence ("Terms" and "Edit sessions" of the contract).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Begun, Defect, Entry, Rule, overlap};

/// What has become of the sessions of one item.
#[derive(Default)]
struct Item<'a> {
    fence: i64,
    active: HashMap<&'a str, &'a Begun>,
    over: HashSet<&'a str>,
}

/// Goes through the audit log: sessions that overlap never coexist, fences grow, and what begins ends once at most.
pub fn check_holders(audit: &[Entry]) -> Vec<Defect> {
    let mut items: HashMap<&str, Item> = HashMap::new();
    let mut defects = Vec::new();
    for entry in audit {
        let item = items.entry(&entry.part).or_default();
        if let Some(begun) = &entry.begun {
            begin(item, entry, begun, &mut defects);
        } else if entry.is_end() {
            end(item, entry, &mut defects);
        }
    }
    defects
}

fn begin<'a>(item: &mut Item<'a>, entry: &'a Entry, begun: &'a Begun, defects: &mut Vec<Defect>) {
    if begun.fence <= item.fence {
        let detail = format!("entry {}: fence {} after {} on {}", entry.id, begun.fence, item.fence, entry.part);
        defects.push(Defect::new(Rule::FencesGrow, detail));
    }
    item.fence = item.fence.max(begun.fence);
    let in_the_way = |other: &&Begun| {
        let same_holder = other.workstation == begun.workstation && other.object != begun.object;
        !same_holder && overlap(other.object.as_deref(), begun.object.as_deref())
    };
    if let Some(other) = item.active.values().copied().find(in_the_way) {
        let detail = format!("entry {}: {} gets {begun:?} while {other:?} is held", entry.id, entry.resource);
        defects.push(Defect::new(Rule::OneHolder, detail));
    }
    item.active.insert(&entry.resource, begun);
}

fn end<'a>(item: &mut Item<'a>, entry: &'a Entry, defects: &mut Vec<Defect>) {
    let began = item.active.remove(entry.resource.as_str()).is_some();
    if !began {
        let again = if item.over.contains(entry.resource.as_str()) { "again" } else { "without having begun" };
        defects.push(Defect::new(Rule::OneEnd, format!("entry {}: {} ends {again}", entry.id, entry.resource)));
    }
    item.over.insert(&entry.resource);
}

/// A client was told that a session with this fence is the one: at some moment between asking and the answer.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The item.
    pub part: String,
    /// The object that the session covers; nothing where it covers the item.
    pub object: Option<String>,
    /// Whose session it is.
    pub workstation: String,
    /// Its fence.
    pub fence: i64,
    /// When the client asked.
    pub asked: Duration,
    /// When the answer was there.
    pub answered: Duration,
}

/// Once anybody has been told of a fence, nobody who asks later is told that an earlier one holds for what overlaps.
pub fn check_sightings(sightings: &[Sighting]) -> Vec<Defect> {
    let mut items: HashMap<&str, Vec<&Sighting>> = HashMap::new();
    sightings.iter().for_each(|sighting| items.entry(&sighting.part).or_default().push(sighting));
    items.into_values().flat_map(check_item).collect()
}

fn check_item(mut by_answer: Vec<&Sighting>) -> Vec<Defect> {
    let mut by_question = by_answer.clone();
    by_answer.sort_by_key(|sighting| sighting.answered);
    by_question.sort_by_key(|sighting| sighting.asked);
    let mut told = by_answer.into_iter().peekable();
    // The latest that was known of each workstation in each scope.
    let mut known: HashMap<(&str, Option<&str>), &Sighting> = HashMap::new();
    let mut defects = Vec::new();
    for sighting in by_question {
        while let Some(earlier) = told.next_if(|earlier| earlier.answered < sighting.asked) {
            let latest = known.entry((&earlier.workstation, earlier.object.as_deref())).or_insert(earlier);
            if earlier.fence > latest.fence {
                *latest = earlier;
            }
        }
        let is_later = |other: &&Sighting| {
            other.fence > sighting.fence
                && other.workstation != sighting.workstation
                && overlap(other.object.as_deref(), sighting.object.as_deref())
        };
        if let Some(later) = known.values().copied().find(is_later) {
            let detail = format!("{sighting:?} though {later:?} was known");
            defects.push(Defect::new(Rule::NoStaleFence, detail));
        }
    }
    defects
}

#[cfg(test)]
mod tests {
    use super::super::defect::rules;
    use super::super::samples::{begins, ends};
    use super::*;

    #[test]
    fn one_after_the_other_is_right() {
        let audit = [
            begins(1, "a", "x", None, 1),
            ends(2, "a", "released"),
            begins(3, "b", "y", Some("A"), 2),
            begins(4, "c", "x", Some("B"), 3),
            begins(5, "d", "x", Some("C"), 4),
            ends(6, "b", "expired"),
        ];
        assert_eq!(check_holders(&audit), []);
        let own = [begins(1, "a", "x", None, 1), begins(2, "b", "x", Some("A"), 2)];
        assert_eq!(check_holders(&own), [], "a workstation may hold an item and an object in it");
    }

    #[test]
    fn two_holders_are_found() {
        for objects in [[None, None], [None, Some("A")], [Some("A"), None], [Some("A"), Some("A")]] {
            let audit = [begins(1, "a", "x", objects[0], 1), begins(2, "b", "y", objects[1], 2)];
            assert_eq!(rules(&check_holders(&audit)), [Rule::OneHolder], "{objects:?}");
        }
        let same = [begins(1, "a", "x", None, 1), begins(2, "b", "x", None, 2)];
        assert_eq!(rules(&check_holders(&same)), [Rule::OneHolder], "one workstation has a scope once");
    }

    #[test]
    fn a_fence_that_does_not_grow_is_found() {
        let audit = [begins(1, "a", "x", None, 2), ends(2, "a", "released"), begins(3, "b", "y", None, 2)];
        assert_eq!(rules(&check_holders(&audit)), [Rule::FencesGrow]);
    }

    #[test]
    fn a_second_end_is_found() {
        let audit = [begins(1, "a", "x", None, 1), ends(2, "a", "released"), ends(3, "a", "expired")];
        assert_eq!(rules(&check_holders(&audit)), [Rule::OneEnd]);
        assert_eq!(rules(&check_holders(&[ends(1, "a", "released")])), [Rule::OneEnd]);
    }

    fn sighting(workstation: &str, object: Option<&str>, fence: i64, times: [u64; 2]) -> Sighting {
        let [asked, answered] = times.map(Duration::from_millis);
        let (part, workstation, object) = ("part".to_owned(), workstation.to_owned(), object.map(str::to_owned));
        Sighting { part, object, workstation, fence, asked, answered }
    }

    #[test]
    fn a_stale_fence_is_found() {
        let late = [sighting("y", None, 2, [0, 10]), sighting("x", None, 1, [20, 30])];
        assert_eq!(rules(&check_sightings(&late)), [Rule::NoStaleFence]);
        let object = [sighting("y", Some("A"), 2, [0, 10]), sighting("x", None, 1, [20, 30])];
        assert_eq!(rules(&check_sightings(&object)), [Rule::NoStaleFence]);
        let among = [
            sighting("y", None, 3, [0, 10]),
            sighting("y", None, 2, [0, 12]),
            sighting("x", None, 1, [5, 60]),
            sighting("x", None, 1, [20, 30]),
        ];
        assert_eq!(rules(&check_sightings(&among)), [Rule::NoStaleFence], "only the one that asked later");
    }

    #[test]
    fn what_can_be_explained_is_right() {
        let at_once = [sighting("y", None, 2, [0, 10]), sighting("x", None, 1, [5, 30])];
        assert_eq!(check_sightings(&at_once), [], "the answer may have been on its way");
        let apart = [sighting("y", Some("A"), 2, [0, 10]), sighting("x", Some("B"), 1, [20, 30])];
        assert_eq!(check_sightings(&apart), [], "both may be held");
        let own = [sighting("x", None, 2, [0, 10]), sighting("x", Some("A"), 1, [20, 30])];
        assert_eq!(check_sightings(&own), [], "both may be held by one");
    }
}
