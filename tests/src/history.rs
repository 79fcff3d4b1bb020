//! What clients saw of a server in trouble, what the server says afterwards, and whether the two can be right together.
//!
//! Nothing here speaks to a server, so that the rules themselves can be tested with histories that break them.

mod answers;
mod chain;
mod changes;
mod defect;
mod deliveries;
mod events;
mod holders;

pub use answers::{Answers, check_answer};
pub use chain::{Head, check_chain};
pub use changes::{Acknowledged, check_changes};
pub use defect::{Defect, Rule};
pub use deliveries::{Arrival, Trouble, check_arrivals};
pub use events::{Heard, check_deliveries, check_listener, check_log, stand_in};
pub use holders::{Sighting, check_holders, check_sightings};

use serde_json::Value;

use crate::Json;

/// An entry of the audit log, as far as the rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub id: u64,
    /// What happened.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// To what.
    pub resource: String,
    /// On which item.
    pub part: String,
    /// By which request.
    pub request: String,
    /// Where a session begins: who holds what from now on.
    pub begun: Option<Begun>,
    /// What seals it, once it is sealed.
    pub hash: Option<String>,
}

/// The beginning of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Whose it is.
    pub workstation: String,
    /// The object that it covers; nothing where it covers the item.
    pub object: Option<String>,
    /// Its fence.
    pub fence: i64,
    /// Whether it was handed over: the end of the one before tells of it then.
    pub is_transferred: bool,
}

impl Entry {
    /// From an entry of `GET /api/audit`.
    pub fn read(entry: &Value) -> Self {
        let text = |member: &str| entry[member].as_str().unwrap_or_default().to_owned();
        let details = &entry["details"];
        let begun = (entry["action"] == "edit.session_acquired").then(|| Begun {
            workstation: details.text("workstation_id").to_owned(),
            object: details["object_id"].as_str().map(str::to_owned),
            fence: details.int("fence"),
            is_transferred: details["origin"] == "transferred",
        });
        Self {
            id: entry.text("id").parse().expect("ids of the audit log are numbers"),
            action: text("action"),
            actor: text("actor"),
            resource: text("resource_id"),
            part: text("part_number"),
            request: text("request_id"),
            begun,
            hash: entry["hash"].as_str().map(str::to_owned),
        }
    }

    /// What an operator notes of it, once it is sealed.
    pub fn head(self) -> Option<Head> {
        let id = self.id;
        self.hash.map(|hash| Head { id, hash })
    }

    /// Whether this is the end of a session.
    pub fn is_end(&self) -> bool {
        const ENDS: [&str; 4] =
            ["edit.session_released", "edit.session_expired", "edit.session_transferred", "edit.force_released"];
        ENDS.contains(&self.action.as_str())
    }
}

/// Whether two sessions can't be held by two workstations at once.
fn overlap(one: Option<&str>, other: Option<&str>) -> bool {
    one.is_none() || other.is_none() || one == other
}

#[cfg(test)]
mod samples {
    //! Entries for the tests of the rules.

    use super::{Begun, Entry};

    /// A session of this workstation begins on `part`, on an object of it or all of it.
    pub fn begins(id: u64, session: &str, workstation: &str, object: Option<&str>, fence: i64) -> Entry {
        let (workstation, object) = (workstation.to_owned(), object.map(str::to_owned));
        let begun = Begun { workstation, object, fence, is_transferred: false };
        Entry { begun: Some(begun), ..entry(id, "edit.session_acquired", session) }
    }

    /// A session on `part` ends like this.
    pub fn ends(id: u64, session: &str, how: &str) -> Entry {
        entry(id, &format!("edit.session_{how}"), session)
    }

    /// An entry of this action, by the request `r` and its number.
    pub fn entry(id: u64, action: &str, resource: &str) -> Entry {
        Entry {
            id,
            action: action.to_owned(),
            actor: "alice".to_owned(),
            resource: resource.to_owned(),
            part: "part".to_owned(),
            request: format!("r{id}"),
            begun: None,
            hash: Some(format!("hash {id}")),
        }
    }
}
