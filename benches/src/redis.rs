//! A client's connection to a Redis.

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, cmd};
use anyhow::{Context, Result, ensure};

use crate::client::Hosts;

/// How long a lock lasts, in milliseconds: longer than any run.
const TTL: u32 = 86_400_000;

/// A connection of its own.
pub struct Redis(MultiplexedConnection);

impl Redis {
    /// Connects to the first host.
    pub async fn open(hosts: &Hosts) -> Result<Self> {
        let address = hosts.in_order().next().context("there is no host")?;
        let client = Client::open(format!("redis://{address}"))?;
        // A pop may wait for longer than the library does by default.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        Ok(Self(client.get_multiplexed_async_connection_with_config(&config).await?))
    }

    /// Whether it answers.
    pub async fn ping(&mut self) -> Result<()> {
        cmd("PING").query_async(&mut self.0).await.context("PING")
    }

    /// Takes a lock that nobody has.
    pub async fn lock(&mut self, key: &str, token: &str) -> Result<()> {
        let mut set = cmd("SET");
        set.arg(key).arg(token).arg("NX").arg("PX").arg(TTL);
        let answer: Option<String> = set.query_async(&mut self.0).await.context("SET")?;
        ensure!(answer.is_some(), "somebody else has {key}");
        Ok(())
    }

    /// Gives a lock back.
    pub async fn unlock(&mut self, key: &str) -> Result<()> {
        let gone: u32 = cmd("DEL").arg(key).query_async(&mut self.0).await.context("DEL")?;
        ensure!(gone == 1, "nobody had {key}");
        Ok(())
    }

    /// Whether something came to a list within so many seconds; 0 waits for ever.
    pub async fn pop(&mut self, list: &str, seconds: u32) -> Result<bool> {
        let popped: Option<(String, String)> =
            cmd("BLPOP").arg(list).arg(seconds).query_async(&mut self.0).await.context("BLPOP")?;
        Ok(popped.is_some())
    }

    /// Leaves something in a list.
    pub async fn push(&mut self, list: &str) -> Result<()> {
        cmd("LPUSH").arg(list).arg("news").query_async(&mut self.0).await.context("LPUSH")
    }
}
