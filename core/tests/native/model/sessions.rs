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
        };
        self.world.sessions.push(session.clone());
        self.watch(&session.part_number, &session.workstation);
        if session.origin != "transferred" {
            self.tell_watchers("edit.session_acquired", &session.part_number, about(&session));
        }
        let details = json!({"user": session.user, "workstation_id": session.workstation,
            "context_level": session.level, "object_id": session.object, "fence": fence, "origin": session.origin,
            "expires_at": TIME});
        self.record("edit.session_acquired", &session.name, &session.part_number, details);
        session.name
    }

    /// A session ends without a successor, and the line goes on.
    pub(super) fn end(&mut self, name: &str, reason: &str) {
        let session = self.close(name, reason, None);
        self.advance(&session.name);
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
        session
    }

    /// Records what has expired on an item, or anywhere. It is nobody's doing.
    pub(super) fn expire(&mut self, part_number: Option<&str>) {
        self.expire_where(|session| part_number.is_none_or(|part_number| session.part_number == part_number));
    }

    /// Records those expiries that are due and `wanted`.
    pub(super) fn expire_where(&mut self, wanted: impl Fn(&Session) -> bool) {
        let due = self.active(|session| wanted(session) && self.due.contains(&session.name));
        let actor = std::mem::replace(&mut self.actor, "system".to_owned());
        for session in due {
            self.end(&session, "expired");
        }
        self.actor = actor;
    }

    /// The names of the active sessions that are `wanted`, in the order in which the command ended them.
    pub(super) fn active(&self, wanted: impl Fn(&Session) -> bool) -> Vec<String> {
        let found = self.world.sessions.iter().filter(|session| session.is_active() && wanted(session));
        let mut names: Vec<_> = found.map(|session| session.name.clone()).collect();
        names.sort_by_key(|name| self.order.iter().position(|ended| ended == name));
        names
    }

    /// The oldest session that keeps `workstation` from `object`. Its own do only where they cover the very same.
    pub(super) fn in_the_way(&self, part_number: &str, workstation: &str, object: Option<&str>) -> Option<&Session> {
        self.world.sessions.iter().find(|session| {
            let is_same = session.object.as_deref() == object;
            let is_own = session.workstation == workstation;
            session.part_number == part_number
                && session.is_active()
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
