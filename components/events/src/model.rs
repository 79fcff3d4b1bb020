//! What goes in and out.

use std::time::Duration;

use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The longest wait, and the one without a `wait`, in seconds.
const WAIT_MAX: u64 = 60;
const WAIT_DEFAULT: u64 = 30;

/// Whose events, and how long to wait for them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// One of the caller's own workstations.
    #[param(value_type = Uuid, required = true)]
    workstation_id: Option<String>,
    /// How long to wait for an event, in seconds: 0 to 60, 30 if absent. Server-sent events have no end.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 60)]
    wait: Option<String>,
    /// The token, for a browser's `EventSource`, which can't send headers.
    #[expect(dead_code, reason = "`Listener` takes it; it stands here for the description")]
    access_token: Option<String>,
}

impl EventsQuery {
    /// The workstation's id: 400 without one, 404 if it isn't a UUID, because nothing has that id.
    pub fn workstation_id(&self) -> Result<String> {
        let text = self
            .workstation_id
            .as_deref()
            .ok_or_else(|| Problem::bad_request("invalid_query", "workstation_id is required"))?;
        Uuid::parse_str(text).map(|id| id.to_string()).map_err(|_| Problem::not_found("there is no such workstation"))
    }

    /// How long to wait.
    pub fn wait(&self) -> Result<Duration> {
        match self.wait.as_deref().map_or(Ok(WAIT_DEFAULT), str::parse) {
            Ok(seconds @ 0..=WAIT_MAX) => Ok(Duration::from_secs(seconds)),
            _ => {
                let detail = format!("wait must be a number of seconds from 0 to {WAIT_MAX}");
                Err(Problem::bad_request("invalid_query", detail))
            }
        }
    }
}

/// Something that happened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The event's cursor.
    pub id: String,
    /// What happened.
    #[schema(example = "edit.session_acquired")]
    pub r#type: String,
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// On which item.
    pub item_id: Option<Uuid>,
    /// Its part number.
    pub part_number: Option<String>,
    /// The repository in which it lies; null if it lies in none.
    pub repository: Option<String>,
    /// Its path there, byte for byte.
    pub path: Option<String>,
    /// What the type says of it.
    pub data: serde_json::Value,
}

/// The answer to a long poll.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// The events after the cursor, oldest first; empty if none came in time.
    pub events: Vec<Event>,
    /// What to ask for next: passing it on misses nothing and repeats nothing.
    pub cursor: String,
}
