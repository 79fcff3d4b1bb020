//! The instance's inbox in Redis: a list in which the notifier leaves the names of workstations to wake.
//!
//! Who starts to wait enlists the inbox under the workstation; the notifier takes all inboxes that are enlisted there
//! and writes to each. One blocking read serves everyone who waits in the instance.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use baton_core::redis::{Connection, Redis};
use baton_core::task::within;
use spin_sdk::redis::RedisResult;
use uuid::Uuid;

/// This instance's inbox.
static INBOX: LazyLock<String> = LazyLock::new(|| format!("baton:inbox:{}", Uuid::new_v4()));

/// Adds the inbox (ARGV[1]) for ARGV[2] seconds to the inboxes of the workstations that follow.
const ENLIST: &str = "local now = tonumber(redis.call('TIME')[1])
for i = 3, #ARGV do
  local key = 'baton:waiting:' .. ARGV[i]
  redis.call('ZADD', key, now + tonumber(ARGV[2]), ARGV[1])
  redis.call('EXPIRE', key, 120)
end
return 1";

/// How long Redis may take before it counts as away.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long a blocking read lasts, in seconds, and when it counts as hanging.
const READ_SECONDS: &str = "1";
const READ_MAX: Duration = Duration::from_millis(1_500);

/// A read that fails sooner than this didn't wait: the connection is gone. One that fails later may have been given up
/// by the host's client, which is no more than "look again".
const READ_MIN: Duration = Duration::from_millis(300);

/// How many names are taken at once.
const BATCH: &str = "128";

/// Asks to be woken for `workstations` within the next `seconds`; false if Redis isn't there.
pub async fn enlist(workstations: &[&str], seconds: u64) -> bool {
    let seconds = seconds.to_string();
    let arguments = [&[ENLIST, "0", &INBOX, &seconds], workstations].concat();
    let enlisting = async { Redis::open().await?.execute("EVAL", &arguments).await };
    within(PATIENCE, enlisting).await.flatten().is_some()
}

/// A connection that only reads the inbox.
pub struct Inbox(Connection);

impl Inbox {
    /// Connects; none if there is no Redis or it is away.
    pub async fn open() -> Option<Self> {
        within(PATIENCE, Connection::open()).await.flatten().map(Self)
    }

    /// Waits up to a second for workstations to wake; none if the connection is lost.
    pub async fn read(&self) -> Option<Vec<String>> {
        let begun = Instant::now();
        match within(READ_MAX, self.execute("BLPOP", READ_SECONDS)).await? {
            // A blocking read also names the list that it read from.
            Ok(reply) if reply.len() == 2 => {
                let first = texts(reply).into_iter().skip(1);
                let rest = within(READ_MAX, self.execute("LPOP", BATCH)).await?.map(texts).ok()?;
                Some(first.chain(rest).collect())
            }
            Ok(_) => Some(Vec::new()),
            Err(_) if begun.elapsed() >= READ_MIN => Some(Vec::new()),
            Err(_) => None,
        }
    }

    async fn execute(&self, command: &str, argument: &str) -> Result<Vec<RedisResult>, String> {
        self.0.execute(command, &[&INBOX, argument]).await
    }
}

fn texts(reply: Vec<RedisResult>) -> Vec<String> {
    let texts = reply.into_iter().filter_map(|part| match part {
        RedisResult::Binary(bytes) => String::from_utf8(bytes).ok(),
        RedisResult::Status(text) => Some(text),
        _ => None,
    });
    texts.collect()
}
