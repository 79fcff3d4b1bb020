//! The instance's inbox in Redis: a list in which is left which workstations to wake.
//!
//! Who starts to wait enlists the inbox under the workstation; who makes a change, or the notifier, takes all inboxes
//! that are enlisted there and writes to each. One blocking read serves everyone who waits in the instance.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use baton_core::redis::{Connection, Redis};
use baton_core::task::{self, within};
use futures::channel::oneshot;
use spin_sdk::redis::RedisResult;
use uuid::Uuid;

use crate::{enlisting, waiting};

/// This instance's inbox.
static INBOX: LazyLock<String> = LazyLock::new(|| format!("baton:inbox:{}", Uuid::new_v4()));

/// Adds the inbox (ARGV[1]) to the inboxes of workstations. They follow, each with the seconds that it is to stay there.
const ENLIST: &str = "local now = tonumber(redis.call('TIME')[1])
for i = 2, #ARGV, 2 do
  local key = 'baton:waiting:' .. ARGV[i]
  redis.call('ZADD', key, now + tonumber(ARGV[i + 1]), ARGV[1])
  redis.call('EXPIRE', key, 120)
end
return 1";

/// How long Redis may take before it counts as away.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often Redis is tried again while it is away.
const RETRY: Duration = Duration::from_secs(1);

/// How long a blocking read lasts, in seconds, and when it counts as hanging.
const READ_SECONDS: &str = "5";
const READ_MAX: Duration = Duration::from_millis(5_500);

/// A read that fails sooner than this didn't wait: the connection is gone. One that fails later may have been given up
/// by the host's client, which is no more than "look again".
const READ_MIN: Duration = Duration::from_millis(300);

/// For how long those who wait are enlisted when the connection comes back: the longest wait.
const ENLISTED: Duration = Duration::from_secs(60);

/// Whether somebody reads the inbox, and who wants to know when that ends.
#[derive(Default)]
struct Reading {
    runs: bool,
    is_connected: bool,
    on_loss: Option<oneshot::Sender<()>>,
}

thread_local! {
    static READING: RefCell<Reading> = RefCell::default();
}

/// Has the inbox read for as long as anybody waits.
pub fn start() {
    if !READING.with_borrow_mut(|reading| std::mem::replace(&mut reading.runs, true)) {
        task::spawn(run());
    }
}

/// Resolves when the inbox isn't read any more; none if it isn't now.
pub fn lost() -> Option<oneshot::Receiver<()>> {
    READING.with_borrow_mut(|reading| {
        let (sender, receiver) = oneshot::channel();
        reading.on_loss = Some(sender);
        reading.is_connected.then_some(receiver)
    })
}

/// Enlists the inbox under workstations, each for a time of its own; false if Redis isn't there.
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

async fn run() {
    while !waiting::is_empty() {
        if let Some(connection) = within(PATIENCE, Connection::open()).await.flatten() {
            READING.with_borrow_mut(|reading| reading.is_connected = true);
            // Who waits already is not enlisted yet, or no longer.
            enlisting::want_all(waiting::workstations().into_iter().map(|workstation| (workstation, ENLISTED)));
            read_until_lost(&connection).await;
            READING.with_borrow_mut(|reading| (reading.is_connected, reading.on_loss) = (false, None));
        }
        if !waiting::is_empty() {
            task::sleep(RETRY).await;
        }
    }
    READING.take();
}

/// Wakes whoever the inbox names, until nobody waits any more or the connection is lost.
async fn read_until_lost(connection: &Connection) {
    while !waiting::is_empty() {
        match read(connection).await {
            Some(Some(message)) => pass_on(&message),
            Some(None) => {}
            None => {
                eprintln!("redis is away: waiting requests look at the log instead");
                return;
            }
        }
    }
}

/// Waits for a message for a while; none if the connection is lost.
async fn read(connection: &Connection) -> Option<Option<String>> {
    let begun = Instant::now();
    match within(READ_MAX, connection.execute("BLPOP", &[&INBOX, READ_SECONDS])).await? {
        // A blocking read also names the list that it read from.
        Ok(reply) => Some(reply.into_iter().nth(1).and_then(text)),
        Err(_) if begun.elapsed() >= READ_MIN => Some(None),
        Err(_) => None,
    }
}

fn text(reply: RedisResult) -> Option<String> {
    match reply {
        RedisResult::Binary(bytes) => String::from_utf8(bytes).ok(),
        RedisResult::Status(text) => Some(text),
        _ => None,
    }
}

/// Wakes those who are named. Those who wait on have been struck off too, and are enlisted again.
fn pass_on(message: &str) {
    let mut words = message.split(' ');
    let Some(through) = words.next().and_then(|through| through.parse().ok()) else { return };
    let passed_over = words.filter(|workstation| waiting::wake(workstation, through));
    enlisting::want_all(passed_over.map(|workstation| (workstation.to_owned(), ENLISTED)));
}
