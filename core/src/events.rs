//! The word that goes out after a change, so that waiting requests look at the event log at once.
//!
//! The log is the truth; this only wakes. Whatever goes wrong here costs time, never an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::request::Cause;
use crate::task;

/// The Redis channel that the notifier's trigger listens to. `spin.toml` names it too.
pub const CHANNEL: &str = "baton:changes";

/// What a message on [`CHANNEL`] says: this change has happened, and its events end with the cursor `through`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Names the change.
    pub change: Uuid,
    /// The newest of its events.
    pub through: i64,
}

/// Announces a change if it caused events. The answer to the client doesn't wait for it.
pub fn announce(cause: &Cause, through: Option<i64>) {
    if let Some(through) = through {
        task::spawn(publish(Announcement { change: cause.change, through }));
    }
}

async fn publish(announcement: Announcement) {
    let Ok(message) = serde_json::to_string(&announcement) else { return };
    if let Some(redis) = crate::redis::Redis::open().await {
        redis.execute("PUBLISH", &[CHANNEL, &message]).await;
    }
}
