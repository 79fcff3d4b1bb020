//! The word that goes out after a change, so that waiting requests look at the event log at once.
//!
//! The log is the truth; this only wakes. Whatever goes wrong here costs time, never an event.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::redis::Redis;
use crate::task::{self, within};
use crate::webhooks;

/// The Redis channel that the notifier's trigger listens to. `spin-notifier.toml` names it too.
pub const CHANNEL: &str = "baton:changes";

/// How long Redis may take for an announcement; those after it wait meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many workstations are woken at once: Redis does nothing else meanwhile.
const WAKE_MAX: usize = 500;

/// Takes the inboxes that are enlisted for each workstation in ARGV after the first, and leaves one message in each:
/// ARGV[1], and which of the workstations it is for.
const WAKE: &str = "local now = redis.call('TIME')[1]
local messages = {}
for i = 2, #ARGV do
  local key = 'baton:waiting:' .. ARGV[i]
  local inboxes = redis.call('ZRANGEBYSCORE', key, now, '+inf')
  if #inboxes > 0 then redis.call('DEL', key) end
  for _, inbox in ipairs(inboxes) do
    messages[inbox] = (messages[inbox] or ARGV[1]) .. ' ' .. ARGV[i]
  end
end
for inbox, message in pairs(messages) do
  redis.call('RPUSH', inbox, message)
  redis.call('EXPIRE', inbox, 60)
end
return 1";

/// What is known of a change: that it has happened, and whom its events are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Names the change.
    pub change: Uuid,
    /// The newest of its events.
    pub through: i64,
    /// The workstations that its events are for; none if there are too many to be named here.
    pub workstations: Option<Vec<String>>,
    /// Whether any webhook is on, which they may be for.
    #[serde(default)]
    pub webhooks: bool,
}

/// What goes out next, and whether somebody sees to it.
#[derive(Default)]
struct Outgoing {
    waiting: Vec<Announcement>,
    is_served: bool,
}

thread_local! {
    static OUTGOING: RefCell<Outgoing> = RefCell::default();
}

/// Announces a change if it caused events. The answer to the client doesn't wait for it, and changes that come while
/// another one is being announced go out together.
pub fn announce(announcement: Option<Announcement>) {
    let Some(announcement) = announcement else { return };
    if announcement.webhooks {
        webhooks::wake();
    }
    let must_serve = OUTGOING.with_borrow_mut(|outgoing| {
        outgoing.waiting.push(announcement);
        !std::mem::replace(&mut outgoing.is_served, true)
    });
    if must_serve {
        task::spawn(serve(Service));
    }
}

/// Whoever holds this sends what is outgoing; whatever is left when it goes is given up.
struct Service;

impl Drop for Service {
    fn drop(&mut self) {
        OUTGOING.take();
    }
}

async fn serve(service: Service) {
    loop {
        let next = OUTGOING.with_borrow_mut(|outgoing| std::mem::take(&mut outgoing.waiting));
        if next.is_empty() {
            break;
        }
        within(PATIENCE, send(next)).await;
    }
    drop(service);
}

/// Wakes those whom the changes are for. Where there are too many to be named, the notifier does it: nobody's change
/// pays for a large audience.
async fn send(announcements: Vec<Announcement>) -> Option<()> {
    let redis = Redis::open().await?;
    let mut workstations = BTreeSet::new();
    for announcement in &announcements {
        match &announcement.workstations {
            Some(named) => workstations.extend(named.iter().map(String::as_str)),
            None => {
                let message = serde_json::to_string(announcement).ok()?;
                redis.execute("PUBLISH", &[CHANNEL, &message]).await?;
            }
        }
    }
    let through = announcements.iter().map(|announcement| announcement.through).max()?;
    wake(&redis, through, workstations).await
}

/// Wakes the requests that wait for workstations, for events up to the cursor `through`; none if Redis is away.
pub async fn wake<'a>(redis: &Redis, through: i64, workstations: impl IntoIterator<Item = &'a str>) -> Option<()> {
    let (through, workstations) = (through.to_string(), workstations.into_iter().collect::<Vec<_>>());
    for some in workstations.chunks(WAKE_MAX) {
        let arguments = [&[WAKE, "0", &through], some].concat();
        redis.execute("EVAL", &arguments).await?;
    }
    Some(())
}
