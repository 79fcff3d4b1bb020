//! What a client is told, read from a command's outcome in the way that the handlers read it.

use std::collections::HashMap;

use baton_core::Problem;
use serde_json::Value;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It brought this session, request or subscription into being.
    Made(String),
    /// This one was there, and has been renewed.
    Kept(String),
    /// It did what it should.
    Done,
    /// This session is in the way.
    Held(String),
    /// This request stands in line before.
    InLine(String),
    /// It is somebody else's time.
    Reserved,
    /// What came of each part of a batch.
    Parts(Vec<Self>),
    /// A batch was refused for these.
    Obstacles(Vec<Self>),
    /// The item has this revision, which isn't the expected one.
    Outdated(String),
    /// The session is over, for this reason.
    Gone(String),
    /// The caller holds this session.
    OwnSession,
    /// The request has this status already.
    NotPending(String),
    /// It can't be had: the HTTP status.
    Refused(u16),
}

impl Answer {
    /// The id of what was made or kept.
    pub fn id(self) -> String {
        match self {
            Self::Made(id) | Self::Kept(id) => id,
            other => panic!("neither made nor kept: {other:?}"),
        }
    }

    /// The same with names in the places of ids.
    pub fn named(self, names: &HashMap<String, String>) -> Self {
        let name = |id: String| names.get(&id).cloned().unwrap_or(id);
        match self {
            Self::Made(id) => Self::Made(name(id)),
            Self::Kept(id) => Self::Kept(name(id)),
            Self::Held(id) => Self::Held(name(id)),
            Self::InLine(id) => Self::InLine(name(id)),
            Self::Parts(all) => Self::Parts(all.into_iter().map(|one| one.named(names)).collect()),
            Self::Obstacles(all) => Self::Obstacles(all.into_iter().map(|one| one.named(names)).collect()),
            other => other,
        }
    }

    /// Whether the command changed nothing but to record expiries.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Parts(all) => all.iter().all(Self::is_refusal),
            other => !matches!(other, Self::Made(_) | Self::Kept(_) | Self::Done),
        }
    }

    /// The answer where the statement itself failed.
    pub(super) fn refused(problem: Problem) -> Self {
        Self::Refused(problem.status().as_u16())
    }

    /// The answer to an acquire of a session `id` by `user`.
    pub(super) fn to_acquire(state: &Value, id: &str, user: &str) -> Self {
        if let Some(barred) = Self::barred(state) {
            return barred;
        }
        match state["workstation_user"].as_str() {
            None => return Self::Refused(422),
            Some(owner) if owner != user => return Self::Refused(403),
            Some(_) => {}
        }
        let (session, other_revision) = (state["session"]["id"].as_str(), state["other_revision"].as_str());
        match (session, state["holder"]["session_id"].as_str(), state["first"]["request_id"].as_str()) {
            (Some(session), ..) if other_revision.is_none() => Self::made_or_kept(session, id),
            (None, Some(holder), _) => Self::Held(holder.to_owned()),
            (None, None, _) if is_reserved(state) => Self::Reserved,
            (None, None, Some(first)) => Self::InLine(first.to_owned()),
            _ => Self::Outdated(other_revision.expect("another revision").to_owned()),
        }
    }

    /// The answer to a batch by `user`, of sessions `ids`.
    pub(super) fn to_acquire_many(state: &Value, ids: &[&str], user: &str, is_atomic: bool) -> Self {
        match state["workstation_user"].as_str() {
            None => return Self::Refused(422),
            Some(owner) if owner != user => return Self::Refused(403),
            Some(_) => {}
        }
        let parts = state["parts"].as_array().expect("a list").iter().zip(ids);
        let each =
            parts.map(|(part, id)| match (part["session"]["id"].as_str(), part["holder"]["session_id"].as_str()) {
                (Some(session), _) => Some(Self::made_or_kept(session, id)),
                (None, Some(holder)) => Some(Self::Held(holder.to_owned())),
                (None, None) if is_reserved(part) => Some(Self::Reserved),
                (None, None) => part["first"]["request_id"].as_str().map(|first| Self::InLine(first.to_owned())),
            });
        let each: Vec<_> = each.collect();
        let is_obstacle = |one: &Option<Self>| matches!(one, Some(Self::Held(_) | Self::InLine(_) | Self::Reserved));
        if is_atomic && each.iter().any(is_obstacle) {
            return Self::Obstacles(each.into_iter().filter(is_obstacle).flatten().collect());
        }
        Self::Parts(each.into_iter().map(|one| one.expect("taken, or something is in the way")).collect())
    }

    /// The answer to who says what a part is made of. (That it is made of itself directly is the handler's to refuse.)
    pub(super) fn to_set_children(state: &Value) -> Self {
        if let Some(barred) = Self::barred(state) {
            return barred;
        }
        let is_empty = |name: &str| state[name].as_array().expect("a list").is_empty();
        match (is_empty("cycles"), is_empty("holders")) {
            (true, true) => Self::Done,
            (true, false) => Self::Refused(409),
            _ => Self::Refused(422),
        }
    }

    /// The answer to a renewal by `user`.
    pub(super) fn to_renew(state: Option<&Value>, user: &str) -> Self {
        match state {
            None => Self::Refused(404),
            Some(state) if state["user"] != user => Self::Refused(403),
            Some(state) => state["reason"].as_str().map_or(Self::Done, |reason| Self::Gone(reason.to_owned())),
        }
    }

    /// The answer to a release by `user`, for which one that was released is as good.
    pub(super) fn to_release(state: Option<&Value>, user: &str) -> Self {
        match Self::to_renew(state, user) {
            Self::Gone(reason) if reason == "released" => Self::Done,
            Self::Done => panic!("the release had no effect: {state:?}"),
            other => other,
        }
    }

    /// The answer to `user`, who gives a session away.
    pub(super) fn to_give(state: &Value, user: &str) -> Self {
        let given = &state["given"];
        match state["session"]["id"].as_str() {
            _ if given.is_null() => Self::Refused(404),
            _ if given["user"] != user => Self::Refused(403),
            Some(session) => Self::Made(session.to_owned()),
            None if given["reason"].is_string() => Self::Gone(text(&given["reason"])),
            None if state["recipient"].is_null() => Self::Refused(409),
            None if state["recipient"] == user => Self::OwnSession,
            None => Self::Held(text(&state["holder"]["session_id"])),
        }
    }

    /// The answer to a request `id` by `user` for a workstation, if it names one.
    pub(super) fn to_ask(state: &Value, id: &str, user: &str, names_workstation: bool) -> Self {
        let session = &state["session"];
        match state["workstation_user"].as_str() {
            _ if session.is_null() => Self::Refused(404),
            None if names_workstation => Self::Refused(422),
            Some(owner) if owner != user => Self::Refused(403),
            _ if session["reason"].is_string() => Self::Gone(text(&session["reason"])),
            _ if session["user"] == user => Self::OwnSession,
            _ => Self::made_or_kept(&text(&state["request"]["id"]), id),
        }
    }

    /// The answer to `user`, who accepted or declined.
    pub(super) fn to_answer(state: Option<&Value>, user: &str) -> Self {
        let Some(state) = state else { return Self::Refused(404) };
        match &state["request"] {
            request if request["holder"] != user => Self::Refused(403),
            _ if state["done"] == true => Self::Done,
            request => Self::NotPending(text(&request["status"])),
        }
    }

    /// The answer to `user`, who took a request back.
    pub(super) fn to_cancel(state: Option<&Value>, user: &str) -> Self {
        let Some(state) = state else { return Self::Refused(404) };
        match &state["request"] {
            request if request["requester"] != user => Self::Refused(403),
            request if request["status"] == "cancelled" => Self::Done,
            request => Self::NotPending(text(&request["status"])),
        }
    }

    /// The answer to who has no right to it.
    fn barred(state: &Value) -> Option<Self> {
        state["may"].as_i64().map(|may| Self::Refused(if may == 0 { 404 } else { 403 }))
    }

    fn made_or_kept(found: &str, wanted: &str) -> Self {
        if found == wanted { Self::Made(found.to_owned()) } else { Self::Kept(found.to_owned()) }
    }
}

/// Whether others' reservations are in the way.
fn is_reserved(state: &Value) -> bool {
    state["reservations"].as_array().is_some_and(|reservations| !reservations.is_empty())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
