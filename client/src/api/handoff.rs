//! Asking for a part, and answering.

use http::Method;
use serde_json::{Value, json};

use super::{Api, encode, session_path};
use crate::error::Result;

impl Api {
    /// Asks the holder for a part; in line for it where `line` says so. Says whether the request is new.
    ///
    /// Errors: `own_session` for the holder; 404 or 410 where the session is over.
    pub async fn ask(
        &mut self,
        workstation: &str,
        part: &str,
        id: &str,
        message: &str,
        line: bool,
    ) -> Result<(bool, Value)> {
        let path = format!("{}/request-handoff", session_path(part, id));
        let body = json!({ "message": message, "workstation_id": workstation, "auto_acquire": line });
        let answer = self.call(&Method::POST, &path, Some(&body)).await?;
        Ok((answer.status == 202, super::document(&answer)?))
    }

    /// The requests that one made or holds.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn requests(&mut self) -> Result<Vec<Value>> {
        self.list("/api/handoff-requests", "handoff_requests").await
    }

    /// Hands over what is asked for.
    ///
    /// Errors: it isn't pending, or somebody else is asked.
    pub async fn accept(&mut self, request: &str) -> Result<Value> {
        self.post(&format!("/api/handoff-requests/{}/accept", encode(request)), &json!({})).await
    }

    /// Keeps what is asked for.
    ///
    /// Errors: it isn't pending, or somebody else is asked.
    pub async fn decline(&mut self, request: &str, message: Option<&str>) -> Result<Value> {
        let body = message.map_or_else(|| json!({}), |message| json!({ "message": message }));
        self.post(&format!("/api/handoff-requests/{}/decline", encode(request)), &body).await
    }

    /// Asks no longer.
    ///
    /// Errors: it isn't pending, or somebody else's.
    pub async fn cancel(&mut self, request: &str) -> Result<()> {
        self.call(&Method::DELETE, &format!("/api/handoff-requests/{}", encode(request)), None).await?;
        Ok(())
    }
}
