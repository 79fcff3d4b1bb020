//! Redis, where the application has one. Its absence is never an error: who gets none looks at the log instead.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use send_wrapper::SendWrapper;
use spin_sdk::redis::{self, RedisParameter, RedisResult};

use crate::{config, log};

/// Connections between two uses.
static KEPT: Mutex<Vec<Connection>> = Mutex::new(Vec::new());

/// When Redis was last found to be away.
static AWAY_SINCE: Mutex<Option<Instant>> = Mutex::new(None);

/// How long an instance leaves Redis alone after it was away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A connection that the host opened. A component has one thread, which is what `SendWrapper` checks: axum asks for
/// `Send`, and Spin's bindings can't promise it.
pub struct Connection(SendWrapper<redis::Connection>);

impl Connection {
    /// Connects; none if there is no Redis or it is away, which is logged.
    pub async fn open() -> Option<Self> {
        let url = config::redis_url().await.ok()??;
        match SendWrapper::new(redis::Connection::open(url)).await {
            Ok(connection) => Some(Self(SendWrapper::new(connection))),
            Err(error) => {
                note_away(&explain(&error));
                None
            }
        }
    }

    /// Runs a command.
    pub async fn execute(&self, command: &str, arguments: &[&str]) -> Result<Vec<RedisResult>, String> {
        let arguments: Vec<_> = arguments.iter().map(|text| RedisParameter::Binary(text.as_bytes().to_vec())).collect();
        SendWrapper::new(self.0.execute(command, arguments)).await.map_err(|error| format!("{error:?}"))
    }
}

/// A connection for one use; kept for the next one unless a command on it failed or was given up.
pub struct Redis {
    connection: Option<Connection>,
    is_sound: AtomicBool,
}

impl Redis {
    /// Takes a kept connection or makes one; none if there is no Redis or it is away.
    pub async fn open() -> Option<Self> {
        if is_away() {
            return None;
        }
        let kept = KEPT.lock().ok().and_then(|mut kept| kept.pop());
        let connection = match kept {
            Some(connection) => connection,
            None => Connection::open().await?,
        };
        Some(Self { connection: Some(connection), is_sound: AtomicBool::new(true) })
    }

    /// Runs a command; none if it failed, which is logged.
    pub async fn execute(&self, command: &str, arguments: &[&str]) -> Option<Vec<RedisResult>> {
        // Whoever gives it up doesn't come back here: a connection that hangs isn't for the next one.
        self.is_sound.store(false, Ordering::Relaxed);
        match self.connection.as_ref()?.execute(command, arguments).await {
            Ok(result) => {
                self.is_sound.store(true, Ordering::Relaxed);
                Some(result)
            }
            Err(error) => {
                note_failure(&error);
                None
            }
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if self.is_sound.load(Ordering::Relaxed)
            && let Some(connection) = self.connection.take()
            && let Ok(mut kept) = KEPT.lock()
        {
            kept.push(connection);
        }
    }
}

/// The text of a reply; none if it is something else.
pub fn text(reply: RedisResult) -> Option<String> {
    match reply {
        RedisResult::Binary(bytes) => String::from_utf8(bytes).ok(),
        RedisResult::Status(text) => Some(text),
        _ => None,
    }
}

fn note_failure(error: &str) {
    log::line(format_args!("redis: {error}"));
    // The other connections are as old; one of them would fail just the same.
    if let Ok(mut kept) = KEPT.lock() {
        kept.clear();
    }
}

/// Where the host says no more, what an operator can look at.
fn explain(error: &redis::Error) -> String {
    match error {
        redis::Error::InvalidAddress => {
            "its address is invalid, or the variable redis_host doesn't name the host of redis_url".to_owned()
        }
        other => format!("{other:?}"),
    }
}

fn is_away() -> bool {
    AWAY_SINCE.lock().is_ok_and(|since| since.is_some_and(|since| since.elapsed() < RETRY_AFTER))
}

fn note_away(error: &str) {
    log::line(format_args!("redis is away: {error}"));
    if let Ok(mut since) = AWAY_SINCE.lock() {
        *since = Some(Instant::now());
    }
}
