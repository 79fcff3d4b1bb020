//! The paths of the API.

use serde_json::Value;

use crate::Json;

/// `/api/items/{part_number}`
pub fn item(part: &str) -> String {
    format!("/api/items/{part}")
}

/// `/api/items/{part_number}/edit-sessions`
pub fn sessions(part: &str) -> String {
    format!("/api/items/{part}/edit-sessions")
}

/// The path of a session, from its document.
pub fn session(session: &Value) -> String {
    format!("{}/{}", sessions(session.text("part_number")), session.text("id"))
}

/// A path below a session, such as `renew`.
pub fn of_session(document: &Value, action: &str) -> String {
    format!("{}/{action}", session(document))
}

/// `/api/workstations/{id}`
pub fn workstation(id: &str) -> String {
    format!("/api/workstations/{id}")
}

/// `/api/workstations/{id}/subscriptions/{part_number}`
pub fn subscription(workstation: &str, part: &str) -> String {
    format!("/api/workstations/{workstation}/subscriptions/{part}")
}

/// A path below a handoff request, such as `accept`.
pub fn of_request(document: &Value, action: &str) -> String {
    format!("/api/handoff-requests/{}/{action}", document.text("id"))
}

/// `/api/handoff-requests/{id}`
pub fn request(document: &Value) -> String {
    format!("/api/handoff-requests/{}", document.text("id"))
}

/// `/api/approvals/{id}`
pub fn approval(document: &Value) -> String {
    format!("/api/approvals/{}", document.text("id"))
}

/// A path below an approval, such as `sign`.
pub fn of_approval(document: &Value, action: &str) -> String {
    format!("{}/{action}", approval(document))
}

/// `/api/items/{part_number}/checkpoints`
pub fn checkpoints(part: &str) -> String {
    format!("{}/checkpoints", item(part))
}

/// The path of a checkpoint, from its document.
pub fn checkpoint(document: &Value) -> String {
    format!("{}/{}", checkpoints(document.text("part_number")), document.text("id"))
}
