//! How sessions begin and end.

use serde_json::{Value, json};

use super::Model;
use crate::world::{Session, TIME};

/// What a session is granted for.
pub(super) struct Grant {
    pub part_number: String,
    pub user: String,
    pub workstation: String,
    pub level: String,
    pub object: Option<String>,
    pub ttl: i64,
    pub note: Option<String>,
    pub origin: &'static str,
}

impl Model {
    /// A session begins. Returns its name.
    pub(super) fn grant(&mut self, grant: Grant) -> String {
        let fence = self.world.items[&grant.part_number] + 1;
        self.world.items.insert(grant.part_number.clone(), fence);
        let session = Session {
            name: format!("{}#{fence}", grant.part_number),
            part_number: grant.part_number,
            user: grant.user,
            workstation: grant.workstation,
            level: grant.level,
            object: grant.object,
            fence,
            ttl: grant.ttl,
            origin: grant.origin.to_owned(),
            end: None,
            successor: None,
            note: grant.note,
        };
        self.world.sessions.push(session.clone());
        self.watch(&session.part_number, &session.workstation);
        if session.origin != "transferred" {
            self.tell_watchers("edit.session_acquired", &session.part_number, about(&session));
        }
        let details = json!({"user": session.user, "workstation_id": session.workstation,
            "context_level": session.level, "object_id": session.object, "scope": "item", "fence": fence, "note": session.note,
            "origin": session.origin, "expires_at": TIME});
        self.record("edit.session_acquired", &session.name, &session.part_number, details);
        session.name
    }

    /// A session ends without a successor, and the line goes on unless another one on the item has still to end.
    pub(super) fn end(&mut self, name: &str, reason: &str) {
        let session = self.close(name, reason, None);
        if !self
            .world
            .sessions
            .iter()
            .any(|other| other.part_number == session.part_number && self.due.contains(&other.name))
        {
            self.advance(&session.part_number);
        }
    }

    /// A session ends; `successor` is the one that a transfer begins, and takes what follows upon itself.
    pub(super) fn close(&mut self, name: &str, reason: &str, successor: Option<&str>) -> Session {
        let session = self.session_mut(name);
        session.end = Some(reason.to_owned());
        session.successor = successor.map(str::to_owned);
        let session = session.clone();
        self.due.remove(name);
        if successor.is_none() {
            self.tell_watchers(&format!("edit.session_{reason}"), &session.part_number, about(&session));
        }
        let details = json!({"user": session.user, "workstation_id": session.workstation, "object_id": session.object,
            "fence": session.fence, "new_session_id": successor});
        self.record(&format!("edit.session_{reason}"), name, &session.part_number, details);
        self.supersede(name);
        session
    }

    /// Records what is due on an item: who in line has gone or come back, and what has expired. It is nobody's doing.
    pub(super) fn expire(&mut self, part_number: &str) {
        let actor = std::mem::replace(&mut self.actor, "system".to_owned());
        let has_changed = self.note_presence(part_number);
        let is_due = |session: &&Session| session.part_number == part_number && self.due.contains(&session.name);
        let due: Vec<_> = self.world.sessions.iter().filter(is_due).map(|session| session.name.clone()).collect();
        for session in &due {
            self.end(session, "expired");
        }
        if has_changed || !due.is_empty() {
            self.advance(part_number);
        }
        self.actor = actor;
    }

    /// Records what is due on any item.
    pub(super) fn expire_everywhere(&mut self) {
        let mut parts: Vec<_> = self.world.items.keys().cloned().collect();
        parts.sort_by_key(|part| self.order.iter().position(|touched| touched == part));
        parts.iter().for_each(|part| self.expire(part));
    }

    /// The oldest session that keeps `workstation` from `object`. Its own do only where they cover the very same, and one that
    /// has expired doesn't.
    pub(super) fn in_the_way(&self, part_number: &str, workstation: &str, object: Option<&str>) -> Option<&Session> {
        self.world.sessions.iter().find(|session| {
            let is_same = session.object.as_deref() == object;
            let is_own = session.workstation == workstation;
            session.part_number == part_number
                && session.is_active()
                && !self.due.contains(&session.name)
                && if is_own { is_same } else { session.overlaps(object) }
        })
    }

    pub(super) fn session(&self, name: &str) -> Option<&Session> {
        self.world.sessions.iter().find(|session| session.name == name)
    }

    pub(super) fn session_mut(&mut self, name: &str) -> &mut Session {
        let found = self.world.sessions.iter_mut().find(|session| session.name == name);
        found.unwrap_or_else(|| panic!("the model has no session {name}"))
    }
}

fn about(session: &Session) -> Value {
    json!({"session_id": session.name, "user": session.user, "workstation_id": session.workstation,
        "object_id": session.object, "fence": session.fence})
}
