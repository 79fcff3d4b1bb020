//! The two logs.

use serde_json::{Value, json};

use super::Model;
use crate::store::IP;
use crate::world::{Audit, Event};

impl Model {
    /// An event to those who watch the item.
    pub(super) fn tell_watchers(&mut self, kind: &str, part_number: &str, data: Value) {
        self.tell_watchers_and(kind, part_number, &[], data);
    }

    /// An event to those who watch the item and to `others`.
    pub(super) fn tell_watchers_and(&mut self, kind: &str, part_number: &str, others: &[String], data: Value) {
        let registered = self.world.workstations.keys();
        let watchers = registered.filter(|workstation| self.world.is_watched(part_number, workstation)).cloned();
        let to: Vec<_> = watchers.chain(others.iter().cloned()).collect();
        self.tell(kind, part_number, &to, data);
    }

    /// An event to workstations, and to those of their users that watch the item by a pattern.
    pub(super) fn tell(&mut self, kind: &str, part_number: &str, to: &[String], data: Value) {
        let users: Vec<_> = to.iter().filter_map(|workstation| self.world.workstations.get(workstation)).collect();
        let others = self.world.workstations.iter().filter(|(_, user)| users.contains(user)).map(|(other, _)| other);
        let others = others.filter(|other| self.world.is_watched_by_pattern(part_number, other));
        let registered =
            to.iter().filter(|workstation| self.world.workstations.contains_key(*workstation)).chain(others);
        let event = Event {
            kind: kind.to_owned(),
            part_number: part_number.to_owned(),
            data,
            step: self.step.clone(),
            to: registered.cloned().collect(),
        };
        self.world.events.push(event);
    }

    /// An audit row about a session.
    pub(super) fn record(&mut self, action: &str, session: &str, part_number: &str, details: Value) {
        self.record_on(action, ("edit_session", session), Some(part_number), details);
    }

    /// An audit row about anything.
    pub(super) fn record_on(
        &mut self,
        action: &str,
        (resource_type, resource): (&str, &str),
        part_number: Option<&str>,
        details: Value,
    ) {
        let row = Audit {
            actor: self.actor.clone(),
            action: action.to_owned(),
            resource_type: resource_type.to_owned(),
            resource: resource.to_owned(),
            part_number: part_number.map(str::to_owned),
            details,
            step: self.step.clone(),
            ip: IP.to_owned(),
        };
        self.world.audit.push(row);
    }

    /// A workstation watches an item from now on, if it didn't.
    pub(super) fn watch(&mut self, part_number: &str, workstation: &str) {
        if self.world.watches.insert((part_number.to_owned(), workstation.to_owned())) {
            self.watching.push((part_number.to_owned(), workstation.to_owned()));
            self.record_on("subscription.created", ("workstation", workstation), Some(part_number), json!({}));
        }
    }

    /// A workstation watches an item no longer, if it did.
    pub(super) fn forget(&mut self, part_number: &str, workstation: &str) {
        let watch = (part_number.to_owned(), workstation.to_owned());
        if self.world.watches.remove(&watch) {
            self.watching.retain(|other| *other != watch);
            self.record_on("subscription.deleted", ("workstation", workstation), Some(part_number), json!({}));
        }
    }

    /// A workstation watches by a pattern from now on, if it didn't.
    pub(super) fn watch_pattern(&mut self, pattern: &str, workstation: &str) -> bool {
        let is_new = self.world.patterns.insert((pattern.to_owned(), workstation.to_owned()));
        if is_new {
            self.patterns.push((pattern.to_owned(), workstation.to_owned()));
            let details = json!({"pattern": pattern});
            self.record_on("subscription.created", ("workstation", workstation), None, details);
        }
        is_new
    }

    /// A workstation watches by a pattern no longer, if it did.
    pub(super) fn forget_pattern(&mut self, pattern: &str, workstation: &str) {
        let watch = (pattern.to_owned(), workstation.to_owned());
        if self.world.patterns.remove(&watch) {
            self.patterns.retain(|other| *other != watch);
            let details = json!({"pattern": pattern});
            self.record_on("subscription.deleted", ("workstation", workstation), None, details);
        }
    }

    /// An item comes into being, if nobody has seen it.
    pub(super) fn see(&mut self, part_number: &str) {
        if !self.world.items.contains_key(part_number) {
            self.world.items.insert(part_number.to_owned(), 0);
            self.record_on("item.created", ("item", part_number), Some(part_number), json!({}));
        }
    }
}
