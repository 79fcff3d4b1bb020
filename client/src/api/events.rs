//! What a workstation hears.

use serde_json::Value;

use super::{Api, encode};
use crate::error::{Error, Result};

/// One answer of a long poll.
#[derive(Debug)]
pub struct Events {
    /// In the order in which they happened.
    pub events: Vec<Value>,
    /// Where the next poll goes on.
    pub cursor: String,
}

/// The path of a long poll: for events after the cursor, or from now on; for so many seconds at most.
pub fn poll_path(workstation: &str, after: Option<&str>, wait: u32) -> String {
    let after = after.map(|cursor| format!("&after={}", encode(cursor))).unwrap_or_default();
    format!("/api/events?workstation_id={workstation}&wait={wait}{after}")
}

impl Api {
    /// Waits up to `wait` seconds for events after the cursor; without one, for events from now on.
    ///
    /// Errors: `cursor_expired` where the cursor is older than what is kept.
    pub async fn events(&mut self, workstation: &str, after: Option<&str>, wait: u32) -> Result<Events> {
        let mut answer = self.get(&poll_path(workstation, after, wait)).await?;
        match (answer["events"].take(), answer["cursor"].take()) {
            (Value::Array(events), Value::String(cursor)) => Ok(Events { events, cursor }),
            _ => Err(Error::Strange("there are no events in the answer".to_owned())),
        }
    }
}
