//! Edit sessions.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, document, encode};
use crate::error::{Error, Result};

/// What of a session decides what a client does.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The part.
    pub part_number: String,
    /// Who holds it.
    pub user: String,
    /// Where.
    pub workstation_id: String,
    /// When it began to last as long as it does, by the database's clock.
    pub renewed_at: String,
    /// When it ends unless it is renewed, by the same clock.
    pub expires_at: String,
}

/// How a part is to be held.
#[derive(Clone, Debug, Default)]
pub struct Acquire {
    /// Whether with all that it is made of.
    pub tree: bool,
    /// How long, in seconds; as long as the server has it where this is absent.
    pub ttl_seconds: Option<u64>,
    /// What for.
    pub note: Option<String>,
}

impl Acquire {
    fn body(&self, workstation: &str) -> Value {
        let mut body = json!({ "workstation_id": workstation });
        if self.tree {
            body["scope"] = json!("tree");
        }
        if let Some(ttl) = self.ttl_seconds {
            body["ttl_seconds"] = json!(ttl);
        }
        if let Some(note) = &self.note {
            body["note"] = json!(note);
        }
        body
    }
}

impl Session {
    /// What a document says.
    ///
    /// Errors: it is no session.
    pub fn of(document: &Value) -> Result<Self> {
        Self::deserialize(document).map_err(|error| Error::Strange(error.to_string()))
    }

    /// The path of this session.
    pub fn path(&self) -> String {
        session_path(&self.part_number, &self.id)
    }
}

/// The path of a session on a part.
pub fn session_path(part: &str, id: &str) -> String {
    format!("{}/{}", sessions_path(part), encode(id))
}

fn sessions_path(part: &str) -> String {
    format!("/api/items/{}/edit-sessions", encode(part))
}

impl Api {
    /// The active sessions on a part.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn sessions_on(&mut self, part: &str) -> Result<Vec<Value>> {
        self.list(&sessions_path(part), "edit_sessions").await
    }

    /// The active sessions on trees that a part belongs to.
    ///
    /// Errors: those of [`Api::get`], but for 404: a part that nobody has seen belongs to none.
    pub async fn sessions_above(&mut self, part: &str) -> Result<Vec<Value>> {
        match self.get(&format!("/api/items/{}", encode(part))).await {
            Ok(item) => Ok(item["held_with"].as_array().cloned().unwrap_or_default()),
            Err(error) if error.status() == Some(404) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Everybody's active sessions.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn sessions_of_all(&mut self) -> Result<Vec<Value>> {
        self.list("/api/edit-sessions?all=true", "edit_sessions").await
    }

    /// One's own active sessions, wherever.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn own_sessions(&mut self) -> Result<Vec<Value>> {
        self.list("/api/edit-sessions", "edit_sessions").await
    }

    /// Holds a part, or goes on holding it.
    ///
    /// Errors: `held` with the holder, `in_line` with who is first.
    pub async fn acquire(&mut self, workstation: &str, part: &str, how: &Acquire) -> Result<(bool, Value)> {
        let answer = self.call(&Method::POST, &sessions_path(part), Some(&how.body(workstation))).await?;
        Ok((answer.status == 201, document(&answer)?))
    }

    /// Holds several parts, or none of them.
    ///
    /// Errors: `held` with the holders.
    pub async fn acquire_all(&mut self, workstation: &str, parts: &[String], how: &Acquire) -> Result<Value> {
        let mut body = how.body(workstation);
        body["part_numbers"] = json!(parts);
        self.post("/api/edit-sessions/batch", &body).await
    }

    /// Goes on holding a part, for as long as it did before or for this many seconds.
    ///
    /// Errors: `session_lost` with the reason.
    pub async fn renew(&mut self, session: &Session, ttl_seconds: Option<u64>) -> Result<Value> {
        let body = ttl_seconds.map_or_else(|| json!({}), |ttl| json!({ "ttl_seconds": ttl }));
        self.post(&format!("{}/renew", session.path()), &body).await
    }

    /// Holds it no longer. Doing so again is no error.
    ///
    /// Errors: `session_lost` with the reason where it ended in another way.
    pub async fn release(&mut self, part: &str, id: &str) -> Result<()> {
        self.call(&Method::DELETE, &session_path(part, id), None).await?;
        Ok(())
    }

    /// Holds several sessions no longer, up to 1,000. The answer says which of them were refused, and why.
    ///
    /// Errors: those of [`Api::post`].
    pub async fn release_all(&mut self, ids: &[&str]) -> Result<Value> {
        self.post("/api/edit-sessions/release", &json!({ "session_ids": ids })).await
    }

    /// Gives a part to somebody else.
    ///
    /// Errors: `no_workstation` where that user has none.
    pub async fn give(&mut self, part: &str, id: &str, user: &str) -> Result<Value> {
        self.post(&format!("{}/give", session_path(part, id)), &json!({ "user": user })).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_number_stands_in_a_path() {
        assert_eq!(session_path("F01-0001", "s"), "/api/items/F01-0001/edit-sessions/s");
        assert_eq!(session_path("a b/ü", "s"), "/api/items/a%20b%2F%C3%BC/edit-sessions/s");
    }

    #[test]
    fn what_is_not_said_is_not_sent() {
        assert_eq!(Acquire::default().body("w"), json!({ "workstation_id": "w" }));
        let how = Acquire { tree: true, ttl_seconds: Some(60), note: Some("new flange".into()) };
        let all = json!({ "workstation_id": "w", "scope": "tree", "ttl_seconds": 60, "note": "new flange" });
        assert_eq!(how.body("w"), all);
    }
}
