//! What became of sessions that several wanted to end at the same moment: exactly one end each, told once and recorded
//! once.

use baton_tests::{App, Client, Inbox, Json, Seat, unique};
use serde_json::Value;

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Forced,
    Released,
    Transferred,
    Expired,
}

impl End {
    /// What its audit row says.
    fn action(self) -> &'static str {
        match self {
            Self::Forced => "edit.force_released",
            Self::Released => "edit.session_released",
            Self::Transferred => "edit.session_transferred",
            Self::Expired => "edit.session_expired",
        }
    }

    /// What the holder hears, sorted.
    fn at_holder(self) -> &'static [&'static str] {
        match self {
            Self::Forced => &["edit.force_released", "edit.session_released"],
            Self::Released => &["edit.session_released"],
            Self::Transferred => &["edit.session_transferred"],
            Self::Expired => &["edit.session_expired"],
        }
    }

    /// What watchers hear.
    fn at_watcher(self) -> &'static [&'static str] {
        match self {
            Self::Forced => &["edit.session_released"],
            other => other.at_holder(),
        }
    }
}

/// The actions and the events that end a session.
const ENDS: [&str; 4] =
    ["edit.force_released", "edit.session_expired", "edit.session_released", "edit.session_transferred"];

/// A holder and a watcher, and how each of the holder's sessions ended.
pub struct Tally {
    pub holder: Seat,
    pub admin: Client,
    watcher: Seat,
    at_holder: Inbox,
    at_watcher: Inbox,
    ended: Vec<(Value, End)>,
}

impl Tally {
    pub fn new(app: &App) -> Self {
        let (holder, watcher) = (app.seat(), app.seat());
        let (at_holder, at_watcher) = (holder.inbox(), watcher.inbox());
        Self { holder, admin: app.user("admin"), watcher, at_holder, at_watcher, ended: Vec::new() }
    }

    /// A session of the holder's, on a part that the watcher watches.
    pub fn session(&self, ttl_seconds: u32) -> Value {
        let part = unique::part();
        self.watcher.watch(&part);
        self.holder.acquire_with(&part, &serde_json::json!({ "ttl_seconds": ttl_seconds }))
    }

    /// Notes how a session ended.
    pub fn ended(&mut self, session: Value, end: End) {
        self.ended.push((session, end));
    }

    /// Checks that every session ended once, and in this way alone.
    pub fn check(mut self) {
        assert!(!self.ended.is_empty(), "nothing happened");
        self.at_holder.settle();
        self.at_watcher.settle();
        for (session, end) in &self.ended {
            assert_eq!(told(&self.at_holder, session), end.at_holder(), "the holder of {session}");
            assert_eq!(told(&self.at_watcher, session), end.at_watcher(), "the watcher of {session}");
            assert_eq!(recorded(&self.admin, session), [end.action()], "the audit log of {session}");
        }
    }
}

/// The ends of a session of which an inbox tells, sorted.
fn told<'a>(inbox: &'a Inbox, session: &Value) -> Vec<&'a str> {
    let of_session = inbox.heard.iter().filter(|event| event["data"]["session_id"] == session["id"]);
    let mut ends: Vec<&str> = of_session.map(|event| event.text("type")).filter(|kind| ENDS.contains(kind)).collect();
    ends.sort_unstable();
    ends
}

/// The ends of a session that are in the audit log.
fn recorded(admin: &Client, session: &Value) -> Vec<String> {
    let path = format!("/api/audit?resource_type=edit_session&resource_id={}", session.text("id"));
    let entries = admin.pages(&path, "entries", 1000);
    let actions = entries.iter().map(|entry| entry.text("action").to_owned());
    actions.filter(|action| ENDS.contains(&action.as_str())).collect()
}
