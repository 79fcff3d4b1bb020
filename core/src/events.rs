//! The word that goes out after a change, so that waiting requests look at the event log at once.
//!
//! The log is the truth; this only wakes. Whatever goes wrong here costs time, never an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::request::Cause;

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
        host::publish(Announcement { change: cause.change, through });
    }
}

#[cfg(target_arch = "wasm32")]
mod host {
    use super::{Announcement, CHANNEL};
    use crate::redis::Redis;

    pub fn publish(announcement: Announcement) {
        spin_sdk::wasip3::wit_bindgen::spawn(async move {
            let Ok(message) = serde_json::to_vec(&announcement) else { return };
            if let Some(redis) = Redis::open().await {
                redis.publish(CHANNEL, message).await;
            }
        });
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use super::Announcement;

    /// Without a host nobody waits in another process.
    pub fn publish(_: Announcement) {}
}
