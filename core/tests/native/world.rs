//! All that the database holds, in names that a test can predict instead of ids, and without times.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::Value;

/// What stands in the place of any time.
pub const TIME: &str = "a time";

/// The whole database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// The workstations, and whose they are.
    pub workstations: BTreeMap<String, String>,
    /// The items, and their fences.
    pub items: BTreeMap<String, i64>,
    /// Which item is watched by which workstation.
    pub watches: BTreeSet<(String, String)>,
    /// Which pattern is watched by which workstation.
    pub patterns: BTreeSet<(String, String)>,
    pub sessions: Vec<Session>,
    pub requests: Vec<Request>,
    /// How many events have been pruned.
    pub pruned: i64,
    pub events: Vec<Event>,
    pub audit: Vec<Audit>,
}

impl World {
    /// Whether what happens on an item reaches a workstation, because it watches it or all whose part numbers begin so.
    pub fn is_watched(&self, part_number: &str, workstation: &str) -> bool {
        self.watches.contains(&(part_number.to_owned(), workstation.to_owned()))
            || self.is_watched_by_pattern(part_number, workstation)
    }

    /// Whether it watches all whose part numbers begin so.
    pub fn is_watched_by_pattern(&self, part_number: &str, workstation: &str) -> bool {
        let fits =
            |pattern: &str| pattern.strip_suffix('*').is_some_and(|beginning| part_number.starts_with(beginning));
        self.patterns.iter().any(|(pattern, watcher)| watcher == workstation && fits(pattern))
    }

    /// The first thing in which the two differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let scalar = |world: &Self| {
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                world.workstations, world.items, world.watches, world.patterns, world.pruned
            )
        };
        let (one, another) = (scalar(self), scalar(other));
        if one != another {
            return Some(format!("{one}\nis not\n{another}"));
        }
        first_difference(&self.sessions, &other.sessions)
            .or_else(|| first_difference(&self.requests, &other.requests))
            .or_else(|| first_difference(&self.events, &other.events))
            .or_else(|| first_difference(&self.audit, &other.audit))
    }
}

fn first_difference<T: Debug + PartialEq>(one: &[T], other: &[T]) -> Option<String> {
    let index = (0..one.len().max(other.len())).find(|index| one.get(*index) != other.get(*index))?;
    Some(format!("number {index}: {:?}\nis not\n{:?}", one.get(index), other.get(index)))
}

/// A session. Its name is its part number and fence, such as `F1#3`.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub name: String,
    pub part_number: String,
    pub user: String,
    pub workstation: String,
    pub level: String,
    pub object: Option<String>,
    pub fence: i64,
    pub ttl: i64,
    pub origin: String,
    pub end: Option<String>,
    pub successor: Option<String>,
    pub note: Option<String>,
}

impl Session {
    pub fn is_active(&self) -> bool {
        self.end.is_none()
    }

    /// Whether nobody else can hold `object` of the item as long as this session stands.
    pub fn overlaps(&self, object: Option<&str>) -> bool {
        self.object.is_none() || object.is_none() || self.object.as_deref() == object
    }
}

/// A handoff request. Its name is its number, such as `r1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub name: String,
    pub session: String,
    pub part_number: String,
    pub requester: String,
    pub workstation: Option<String>,
    pub holder: String,
    pub message: String,
    pub auto_acquire: bool,
    pub status: String,
    pub answer: Option<String>,
    pub level: String,
    pub object: Option<String>,
    pub ttl: i64,
    pub granted: Option<String>,
    /// The place in line, if it has one.
    pub place: Option<i64>,
    /// Whether the line passes over it.
    pub absent: bool,
}

impl Request {
    /// Whether it keeps `workstation` from `object`, standing in line before `place`.
    pub fn is_before(&self, workstation: Option<&str>, object: Option<&str>, place: Option<i64>) -> bool {
        let is_earlier = self.place.is_some_and(|own| place.is_none_or(|place| own < place));
        let overlaps = self.object.is_none() || object.is_none() || self.object.as_deref() == object;
        is_earlier && overlaps && !self.absent && self.workstation.as_deref() != workstation
    }

    pub fn is_pending(&self) -> bool {
        self.status == "pending"
    }
}

/// An event, with the step whose command caused it and the workstations that receive it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: String,
    pub part_number: String,
    pub data: Value,
    pub step: String,
    pub to: BTreeSet<String>,
}

/// An audit row, with the step whose command caused it.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    pub actor: String,
    pub action: String,
    pub resource_type: String,
    pub resource: String,
    pub part_number: Option<String>,
    pub details: Value,
    pub step: String,
    pub ip: String,
}
