//! Reads the whole database as a [`World`].

use std::collections::HashMap;

use rusqlite::Row;
use serde_json::Value;

use super::Store;
use crate::world::{Audit, Event, Request, Session, TIME, World};

impl Store {
    /// What the database holds.
    pub fn world(&self) -> World {
        let names = self.names();
        let named = |id: String| names.get(&id).cloned().unwrap_or(id);
        let pair = |row: &Row<'_>| Ok((named(row.get(0)?), named(row.get(1)?)));
        World {
            workstations: self.rows("SELECT id, user FROM workstations", pair).into_iter().collect(),
            items: self
                .rows("SELECT part_number, fence FROM items", |row| Ok((row.get(0)?, row.get(1)?)))
                .into_iter()
                .collect(),
            watches: self.rows("SELECT item_id, workstation_id FROM subscriptions", pair).into_iter().collect(),
            patterns: self
                .rows("SELECT beginning || '*', workstation_id FROM watch_patterns", pair)
                .into_iter()
                .collect(),
            sessions: self.sessions(&names),
            requests: self.requests(&names),
            pruned: self.value("SELECT pruned_through FROM log_horizon"),
            events: self.events(&names),
            audit: self.audit(&names),
        }
    }

    /// What each id is called: items by their part numbers, sessions by their fences, requests by their numbers.
    pub fn names(&self) -> HashMap<String, String> {
        let known = [
            "SELECT id, part_number FROM items",
            "SELECT s.id, i.part_number || '#' || s.fence FROM sessions s JOIN items i ON i.id = s.item_id",
            "SELECT id, 'r' || seq FROM handoff_requests",
        ];
        let rows = known.iter().flat_map(|statement| self.rows(statement, |row| Ok((row.get(0)?, row.get(1)?))));
        self.names.borrow().clone().into_iter().chain(rows).collect()
    }

    /// The session or request of this name.
    pub fn id(&self, name: &str) -> String {
        let found = self.names().into_iter().find(|(_, known)| known == name);
        found.unwrap_or_else(|| panic!("nothing is called {name}")).0
    }

    /// The items that the last command recorded something on, in that order.
    pub fn touched_last(&self) -> Vec<String> {
        let statement = "SELECT part_number FROM audit
                         WHERE request_id = (SELECT request_id FROM audit ORDER BY seq DESC LIMIT 1)
                           AND part_number IS NOT NULL
                         GROUP BY part_number ORDER BY min(seq)";
        self.rows(statement, |row| row.get(0))
    }

    fn sessions(&self, names: &HashMap<String, String>) -> Vec<Session> {
        let columns = "SELECT id, item_id, user, workstation_id, context_level, object_id, fence, ttl_seconds, origin,
                              end_reason, successor_id, note FROM sessions ORDER BY seq";
        self.rows(columns, |row| {
            Ok(Session {
                name: name(names, row, 0)?,
                part_number: name(names, row, 1)?,
                user: row.get(2)?,
                workstation: name(names, row, 3)?,
                level: row.get(4)?,
                object: row.get(5)?,
                fence: row.get(6)?,
                ttl: row.get(7)?,
                origin: row.get(8)?,
                end: row.get(9)?,
                successor: optional_name(names, row, 10)?,
                note: row.get(11)?,
            })
        })
    }

    fn requests(&self, names: &HashMap<String, String>) -> Vec<Request> {
        let columns =
            "SELECT id, session_id, item_id, requester, workstation_id, holder, message, auto_acquire, status,
                              answer, context_level, object_id, ttl_seconds, granted_session_id, place, is_absent
                       FROM handoff_requests ORDER BY seq";
        self.rows(columns, |row| {
            Ok(Request {
                name: name(names, row, 0)?,
                session: name(names, row, 1)?,
                part_number: name(names, row, 2)?,
                requester: row.get(3)?,
                workstation: optional_name(names, row, 4)?,
                holder: row.get(5)?,
                message: row.get(6)?,
                auto_acquire: row.get(7)?,
                status: row.get(8)?,
                answer: row.get(9)?,
                level: row.get(10)?,
                object: row.get(11)?,
                ttl: row.get(12)?,
                granted: optional_name(names, row, 13)?,
                place: row.get(14)?,
                absent: row.get(15)?,
            })
        })
    }

    fn events(&self, names: &HashMap<String, String>) -> Vec<Event> {
        let columns = "SELECT type, part_number, data, change_id,
                              (SELECT json_group_array(workstation_id) FROM deliveries d WHERE d.seq = e.seq)
                       FROM events e WHERE seq > (SELECT pruned_through FROM log_horizon) ORDER BY seq";
        self.rows(columns, |row| {
            let to: Vec<String> = serde_json::from_value(document(names, row, 4)?).expect("an array of ids");
            Ok(Event {
                kind: row.get(0)?,
                part_number: row.get(1)?,
                data: document(names, row, 2)?,
                step: name(names, row, 3)?,
                to: to.into_iter().collect(),
            })
        })
    }

    fn audit(&self, names: &HashMap<String, String>) -> Vec<Audit> {
        let columns = "SELECT actor, action, resource_type, resource_id, part_number, details, request_id, ip
                       FROM audit ORDER BY seq";
        self.rows(columns, |row| {
            Ok(Audit {
                actor: row.get(0)?,
                action: row.get(1)?,
                resource_type: row.get(2)?,
                resource: name(names, row, 3)?,
                part_number: row.get(4)?,
                details: document(names, row, 5)?,
                step: row.get(6)?,
                ip: row.get(7)?,
            })
        })
    }
}

fn name(names: &HashMap<String, String>, row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let id: String = row.get(column)?;
    Ok(names.get(&id).cloned().unwrap_or(id))
}

fn optional_name(names: &HashMap<String, String>, row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let id: Option<String> = row.get(column)?;
    Ok(id.map(|id| names.get(&id).cloned().unwrap_or(id)))
}

/// A JSON document with names in the places of ids, and without times.
fn document(names: &HashMap<String, String>, row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    Ok(predictable(names, serde_json::from_str(&text).expect("the logs hold JSON")))
}

fn predictable(names: &HashMap<String, String>, value: Value) -> Value {
    match value {
        Value::String(text) if is_time(&text) => TIME.into(),
        Value::String(text) => names.get(&text).cloned().unwrap_or(text).into(),
        Value::Array(values) => values.into_iter().map(|value| predictable(names, value)).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, predictable(names, value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

/// RFC 3339 in UTC with milliseconds, and nothing else.
fn is_time(text: &str) -> bool {
    let pattern = "0000-00-00T00:00:00.000Z";
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, like)| if like == b'0' { byte.is_ascii_digit() } else { byte == like })
}
