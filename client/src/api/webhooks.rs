//! Webhooks, for admins.

use http::Method;
use serde_json::{Value, json};

use super::{Api, document, encode};
use crate::error::Result;

impl Api {
    /// All webhooks.
    ///
    /// Errors: one isn't an admin.
    pub async fn webhooks(&mut self) -> Result<Vec<Value>> {
        self.list("/api/webhooks", "webhooks").await
    }

    /// Makes a webhook; its secret is in the answer this once.
    ///
    /// Errors: an address that can't be, or one webhook too many.
    pub async fn create_webhook(&mut self, webhook: &Value) -> Result<Value> {
        self.post("/api/webhooks", webhook).await
    }

    /// Changes members of a webhook.
    ///
    /// Errors: there is none.
    pub async fn change_webhook(&mut self, id: &str, members: &Value) -> Result<Value> {
        document(&self.call(&Method::PATCH, &format!("/api/webhooks/{}", encode(id)), Some(members)).await?)
    }

    /// Gives a webhook another secret.
    ///
    /// Errors: there is none.
    pub async fn rotate_webhook(&mut self, id: &str) -> Result<Value> {
        self.post(&format!("/api/webhooks/{}/rotate", encode(id)), &json!({})).await
    }

    /// Has an event sent to one webhook alone; the delivery of that.
    ///
    /// Errors: there is none.
    pub async fn test_webhook(&mut self, id: &str) -> Result<Value> {
        self.post(&format!("/api/webhooks/{}/test", encode(id)), &json!({})).await
    }

    /// The newest deliveries of a webhook, those of one state or all.
    ///
    /// Errors: there is none.
    pub async fn webhook_deliveries(&mut self, id: &str, state: Option<&str>, limit: u32) -> Result<Vec<Value>> {
        let state = state.map_or(String::new(), |state| format!("&state={}", encode(state)));
        let page = self.get(&format!("/api/webhooks/{}/deliveries?limit={limit}{state}", encode(id))).await?;
        Ok(page["deliveries"].as_array().cloned().unwrap_or_default())
    }

    /// Has a delivery sent again.
    ///
    /// Errors: its receiver has it.
    pub async fn retry_webhook_delivery(&mut self, id: &str) -> Result<Value> {
        self.post(&format!("/api/webhook-deliveries/{}/retry", encode(id)), &json!({})).await
    }

    /// Ends a webhook.
    ///
    /// Errors: there is none.
    pub async fn delete_webhook(&mut self, id: &str) -> Result<()> {
        self.call(&Method::DELETE, &format!("/api/webhooks/{}", encode(id)), None).await?;
        Ok(())
    }
}
