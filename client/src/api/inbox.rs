//! What concerns a user, wherever they sit.

use http::Method;
use serde_json::{Value, json};

use super::{Api, document};
use crate::error::Result;

impl Api {
    /// What has come, newest first; only what hasn't been read where `unread` says so.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn inbox(&mut self, unread: bool) -> Result<Vec<Value>> {
        self.list(if unread { "/api/inbox?unread=true" } else { "/api/inbox" }, "entries").await
    }

    /// Marks all up to an entry as read, which is included: what is left then.
    ///
    /// Errors: those of [`Api::post`].
    pub async fn read_through(&mut self, id: &str) -> Result<Value> {
        self.post("/api/inbox/read", &json!({ "through": id })).await
    }

    /// What the user has set: `muted`, the types of events that don't come.
    ///
    /// Errors: those of [`Api::get`].
    pub async fn preferences(&mut self) -> Result<Value> {
        self.get("/api/preferences").await
    }

    /// Sets it anew.
    ///
    /// Errors: a type is none.
    pub async fn prefer(&mut self, preferences: &Value) -> Result<Value> {
        document(&self.call(&Method::PUT, "/api/preferences", Some(preferences)).await?)
    }
}
