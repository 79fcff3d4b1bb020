//! The word that goes out after a change, so that waiting requests look at the event log at once.
//!
//! The log is the truth; this only wakes. Whatever goes wrong here costs time, never an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::redis::Redis;
use crate::task;

/// The Redis channel that the notifier's trigger listens to. `spin.toml` names it too.
pub const CHANNEL: &str = "baton:changes";

/// What a message on [`CHANNEL`] says: this change has happened, and these are its events and whom they are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Names the change.
    pub change: Uuid,
    /// The newest of its events.
    pub through: i64,
    /// The workstations that its events are for; none if there are too many to be named here.
    pub workstations: Option<Vec<String>>,
}

/// Announces a change if it caused events. The answer to the client doesn't wait for it.
pub fn announce(announcement: Option<Announcement>) {
    if let Some(announcement) = announcement {
        task::spawn(publish(announcement));
    }
}

async fn publish(announcement: Announcement) {
    let Ok(message) = serde_json::to_string(&announcement) else { return };
    if let Some(redis) = Redis::open().await {
        redis.execute("PUBLISH", &[CHANNEL, &message]).await;
    }
}
