//! API keys.

use http::Method;
use serde_json::{Value, json};

use super::{Api, encode};
use crate::error::Result;

impl Api {
    /// One's own keys, or everybody's.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn keys(&mut self, all: bool) -> Result<Vec<Value>> {
        self.list(if all { "/api/keys?all=true" } else { "/api/keys" }, "keys").await
    }

    /// Makes a key; its secret is in the answer this once.
    ///
    /// Errors: more than one may oneself.
    pub async fn create_key(&mut self, key: &Value) -> Result<Value> {
        self.post("/api/keys", key).await
    }

    /// Gives a key another secret. The old one holds for so many minutes.
    ///
    /// Errors: somebody else's.
    pub async fn rotate_key(&mut self, id: &str, grace_minutes: u32) -> Result<Value> {
        self.post(&format!("/api/keys/{}/rotate", encode(id)), &json!({ "grace_minutes": grace_minutes })).await
    }

    /// Ends a key.
    ///
    /// Errors: somebody else's.
    pub async fn delete_key(&mut self, id: &str) -> Result<()> {
        self.call(&Method::DELETE, &format!("/api/keys/{}", encode(id)), None).await?;
        Ok(())
    }
}
