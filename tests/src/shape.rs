//! The documents of the contract, member by member. A document may hold more than the contract names, never less.

use serde_json::Value;

use Kind::{Bool, Int, List, OptText, OptTime, OptUuid, Text, Time, Uuid};

/// What a member holds.
#[derive(Clone, Copy)]
enum Kind {
    Uuid,
    OptUuid,
    Text,
    OptText,
    Int,
    Bool,
    List,
    Time,
    OptTime,
}

type Shape = &'static [(&'static str, Kind)];

const WORKSTATION: Shape =
    &[("id", Uuid), ("user", Text), ("name", Text), ("fingerprint", Text), ("last_seen", Time), ("created_at", Time)];

const ITEM: Shape = &[
    ("item_id", Uuid),
    ("part_number", Text),
    ("repository", OptText),
    ("path", OptText),
    ("fence", Int),
    ("revision", OptText),
    ("edit_sessions", List),
    ("held_with", List),
];

const SUBSCRIPTION: Shape = &[("item_id", Uuid), ("part_number", Text), ("scope", Text), ("created_at", Time)];

const SESSION: Shape = &[
    ("id", Uuid),
    ("item_id", Uuid),
    ("part_number", Text),
    ("repository", OptText),
    ("path", OptText),
    ("user", Text),
    ("workstation_id", Uuid),
    ("context_level", Text),
    ("object_id", OptText),
    ("scope", Text),
    ("fence", Int),
    ("note", OptText),
    ("acquired_at", Time),
    ("renewed_at", Time),
    ("active_at", Time),
    ("expires_at", Time),
    ("reserved_from", OptTime),
];

const RESERVATION: Shape = &[
    ("id", Uuid),
    ("user", Text),
    ("workstation_id", Uuid),
    ("part_numbers", List),
    ("starts_at", Time),
    ("ends_at", Time),
    ("repeat", OptText),
    ("note", OptText),
    ("created_at", Time),
];

const HOLDER: Shape = &[
    ("user", Text),
    ("workstation_id", Uuid),
    ("session_id", Uuid),
    ("part_number", Text),
    ("object_id", OptText),
    ("scope", Text),
    ("acquired_at", Time),
    ("expires_at", Time),
];

const REQUEST: Shape = &[
    ("id", Uuid),
    ("session_id", Uuid),
    ("item_id", Uuid),
    ("part_number", Text),
    ("scope", Text),
    ("requester", Text),
    ("workstation_id", OptUuid),
    ("holder", Text),
    ("message", Text),
    ("auto_acquire", Bool),
    ("status", Text),
    ("created_at", Time),
    ("answered_at", OptTime),
    ("answer", OptText),
];

const APPROVAL: Shape = &[
    ("id", Uuid),
    ("workflow", Text),
    ("version", Int),
    ("state", Text),
    ("action", Text),
    ("resource_type", Text),
    ("resource_id", Uuid),
    ("part_number", Text),
    ("requested_by", Text),
    ("reason", Text),
    ("gates", List),
    ("created_at", Time),
    ("completed_at", OptTime),
    ("outcome", OptText),
];

const GATE: Shape = &[("role", Text), ("label", Text), ("required", Bool), ("status", Text), ("signatures", List)];

const SIGNATURE: Shape = &[("user", Text), ("decision", Text), ("comment", OptText), ("signed_at", Time)];

const CHECKPOINT: Shape = &[
    ("id", Uuid),
    ("item_id", Uuid),
    ("part_number", Text),
    ("session_id", Uuid),
    ("user", Text),
    ("kind", Text),
    ("label", OptText),
    ("size", Int),
    ("sha256", Text),
    ("created_at", Time),
    ("expires_at", Time),
];

const EVENT: Shape = &[("id", Text), ("type", Text), ("time", Time), ("repository", OptText), ("path", OptText)];

const EVENT_ITEM: Shape = &[("item_id", Uuid), ("part_number", Text)];

/// Checks a workstation.
pub fn workstation(document: &Value) {
    check("workstation", WORKSTATION, document);
}

/// Checks an item.
pub fn item(document: &Value) {
    check("item", ITEM, document);
}

/// Checks a subscription.
pub fn subscription(document: &Value) {
    check("subscription", SUBSCRIPTION, document);
}

/// Checks an edit session.
pub fn session(document: &Value) {
    check("edit session", SESSION, document);
}

/// Checks a reservation.
pub fn reservation(document: &Value) {
    check("reservation", RESERVATION, document);
}

/// Checks the `holder` of a conflict.
pub fn holder(document: &Value) {
    check("holder", HOLDER, document);
}

/// Checks a handoff request.
pub fn request(document: &Value) {
    check("handoff request", REQUEST, document);
}

/// Checks an approval with its gates and their signatures.
pub fn approval(document: &Value) {
    check("approval", APPROVAL, document);
    for gate in document["gates"].as_array().into_iter().flatten() {
        check("gate", GATE, gate);
        for signature in gate["signatures"].as_array().into_iter().flatten() {
            check("signature", SIGNATURE, signature);
        }
    }
}

/// Checks a checkpoint.
pub fn checkpoint(document: &Value) {
    check("checkpoint", CHECKPOINT, document);
}

/// Checks an event, and that its `data` has at least these members.
pub fn event(document: &Value, data: &[&str]) {
    check("event", EVENT, document);
    // Commands and webhooks are about no item.
    let is_of_item =
        !["workstation.", "webhook."].iter().any(|kind| document["type"].as_str().is_some_and(|t| t.starts_with(kind)));
    check("event", if is_of_item { EVENT_ITEM } else { &[] }, document);
    for member in data {
        assert!(document["data"].get(member).is_some(), "no data.{member} in the event {document}");
    }
}

/// Checks that a text is a time as the API writes it: `2026-11-21T01:02:03.456Z`.
pub fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let pattern = text.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b });
        pattern.eq("0000-00-00T00:00:00.000Z".bytes())
    })
}

/// Checks that a text is a UUID as the API writes it: lower case, with hyphens.
pub fn is_uuid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        lower && text.len() == 36 && uuid::Uuid::parse_str(text).is_ok()
    })
}

fn check(what: &str, shape: Shape, document: &Value) {
    for (member, kind) in shape {
        let value = document.get(member);
        let value = value.unwrap_or_else(|| panic!("{what} without {member:?}: {document}"));
        assert!(fits(*kind, value), "{member:?} of the {what} is not what the contract says: {document}");
    }
}

fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Uuid => is_uuid(value),
        OptUuid => value.is_null() || is_uuid(value),
        Text => value.is_string(),
        OptText => value.is_null() || value.is_string(),
        Int => value.is_i64(),
        Bool => value.is_boolean(),
        List => value.is_array(),
        Time => is_time(value),
        OptTime => value.is_null() || is_time(value),
    }
}
