//! The instance's inbox in Redis: a list in which is left which workstations to wake. What is said to Redis of it stands here;
//! when, in `enlisting` and `inbox`.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use baton_core::redis::{Connection, Redis, text};
use baton_core::task::within;

use crate::instance::NAME;

/// This instance's inbox.
static INBOX: LazyLock<String> = LazyLock::new(|| format!("baton:inbox:{}", *NAME));

/// Adds the inbox (ARGV[1]) to the inboxes of workstations. They follow, each with the seconds that it is to stay there.
const ENLIST: &str = "local now = tonumber(redis.call('TIME')[1])
for i = 2, #ARGV, 2 do
  local key = 'baton:waiting:' .. ARGV[i]
  redis.call('ZADD', key, now + tonumber(ARGV[i + 1]), ARGV[1])
  redis.call('EXPIRE', key, 120)
end
return 1";

/// How long Redis may take for a command: a thousand clients may come back at once, and then neither it nor this instance has
/// time. Where it is gone, commands fail at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a blocking read lasts, in seconds, and when it counts as hanging.
const READ_SECONDS: &str = "5";
const READ_MAX: Duration = Duration::from_secs(10);

/// A read that fails sooner than this didn't wait: the connection is gone. One that fails later may have been given up
/// by the host's client, which is no more than "look again".
const READ_MIN: Duration = Duration::from_millis(300);

/// A message: which workstations have events, and up to which one.
pub struct Message {
    /// The newest of the events.
    pub through: i64,
    /// The workstations.
    pub workstations: Vec<String>,
}

/// What came of a read.
pub enum Read {
    /// A message.
    Message(Message),
    /// Nothing came for a while.
    Nothing,
    /// The connection is lost.
    Lost,
}

/// Connects for reading; none if Redis is away.
pub async fn connect() -> Option<Connection> {
    within(PATIENCE, Connection::open()).await.flatten()
}

/// Enlists the inbox under workstations, each for a time of its own; false if that can't be known to have been done.
pub async fn enlist(workstations: &[(String, Duration)]) -> bool {
    let mut arguments = vec![ENLIST.to_owned(), "0".to_owned(), INBOX.clone()];
    for (workstation, time) in workstations {
        // Rounded up, and one more for what Redis rounds down.
        arguments.extend([workstation.clone(), (time.as_secs() + 2).to_string()]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let enlisting = async { Redis::open().await?.execute("EVAL", &arguments).await };
    within(PATIENCE, enlisting).await.flatten().is_some()
}

/// Waits for a message for a while.
pub async fn read(connection: &Connection) -> Read {
    let begun = Instant::now();
    match within(READ_MAX, connection.execute("BLPOP", &[&INBOX, READ_SECONDS])).await {
        // A blocking read also names the list that it read from.
        Some(Ok(reply)) => {
            let message = reply.into_iter().nth(1).and_then(text);
            message.and_then(|message| parse(&message)).map_or(Read::Nothing, Read::Message)
        }
        Some(Err(_)) if begun.elapsed() >= READ_MIN => Read::Nothing,
        Some(Err(_)) | None => Read::Lost,
    }
}

fn parse(message: &str) -> Option<Message> {
    let mut words = message.split(' ');
    let through = words.next()?.parse().ok()?;
    Some(Message { through, workstations: words.map(str::to_owned).collect() })
}
