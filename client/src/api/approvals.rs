//! Overrides and their approvals.

use serde_json::{Value, json};

use super::{Api, encode, session_path};
use crate::error::Result;

impl Api {
    /// Ends somebody else's session, or asks for the signatures that this needs. The holder may save first, for so many seconds.
    ///
    /// Errors: one may not, or it is over.
    pub async fn force_release(&mut self, part: &str, id: &str, reason: &str, save: Option<u64>) -> Result<Value> {
        let mut order = json!({ "reason": reason });
        if let Some(seconds) = save {
            order["save_seconds"] = json!(seconds);
        }
        self.post(&format!("{}/force-release", session_path(part, id)), &order).await
    }

    /// All approvals, or those in this state.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn approvals(&mut self, state: Option<&str>) -> Result<Vec<Value>> {
        let state = state.map(|state| format!("?state={}", encode(state))).unwrap_or_default();
        self.list(&format!("/api/approvals{state}"), "approvals").await
    }

    /// Signs an approval.
    ///
    /// Errors: one has no role of a gate, or has signed already, or it isn't pending.
    pub async fn sign(&mut self, approval: &str, signature: &Value) -> Result<Value> {
        self.post(&format!("/api/approvals/{}/sign", encode(approval)), signature).await
    }
}
