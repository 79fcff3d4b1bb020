//! Redis, where the application has one. Its absence is never an error: who gets none looks at the log instead.

#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use send_wrapper::SendWrapper;
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use crate::config;

/// Connections between two uses.
static KEPT: Mutex<Vec<SendWrapper<Connection>>> = Mutex::new(Vec::new());

/// When Redis was last found to be away.
static AWAY_SINCE: Mutex<Option<Instant>> = Mutex::new(None);

/// How long an instance leaves Redis alone after it was away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A connection for one use; kept for the next one unless a command on it failed.
pub struct Redis {
    connection: Option<SendWrapper<Connection>>,
    failed: Cell<bool>,
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
            None => connect().await?,
        };
        Some(Self { connection: Some(connection), failed: Cell::new(false) })
    }

    /// Publishes a message. A failure is logged.
    pub async fn publish(&self, channel: &str, message: Vec<u8>) {
        if let Some(connection) = &self.connection
            && let Err(error) = connection.publish(channel, &message).await
        {
            self.note_failure(&format!("{error:?}"));
        }
    }

    /// Runs a command; none if it failed, which is logged.
    pub async fn execute(&self, command: &str, arguments: Vec<String>) -> Option<Vec<RedisResult>> {
        let arguments = arguments.into_iter().map(|text| RedisParameter::Binary(text.into_bytes())).collect::<Vec<_>>();
        match self.connection.as_ref()?.execute(command, arguments).await {
            Ok(result) => Some(result),
            Err(error) => {
                self.note_failure(&format!("{error:?}"));
                None
            }
        }
    }

    fn note_failure(&self, error: &str) {
        self.failed.set(true);
        eprintln!("redis: {error}");
        // The other connections are as old; one of them would fail just the same.
        if let Ok(mut kept) = KEPT.lock() {
            kept.clear();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if !self.failed.get()
            && let Some(connection) = self.connection.take()
            && let Ok(mut kept) = KEPT.lock()
        {
            kept.push(connection);
        }
    }
}

/// Makes a connection of its own, which nobody else gets; none if there is no Redis or it is away.
pub async fn connect() -> Option<SendWrapper<Connection>> {
    let url = config::redis_url().await.ok()??;
    match Connection::open(url).await {
        Ok(connection) => Some(SendWrapper::new(connection)),
        Err(error) => {
            note_away(&format!("{error:?}"));
            None
        }
    }
}

fn is_away() -> bool {
    AWAY_SINCE.lock().is_ok_and(|since| since.is_some_and(|since| since.elapsed() < RETRY_AFTER))
}

fn note_away(error: &str) {
    eprintln!("redis is away: {error}");
    if let Ok(mut since) = AWAY_SINCE.lock() {
        *since = Some(Instant::now());
    }
}
