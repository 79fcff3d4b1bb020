//! Redis: beside Baton, and as a peer whose every write is on the disk before it is acknowledged.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use baton_tests::free_port;

use super::api::System;
use super::installed;
use super::program::Program;
use super::server::Server;
use crate::pending::Pending;
use crate::redis::Redis;
use crate::room::{BlockingPop, WaitingRoom};
use crate::work::{SetDelete, Task, Work};

/// More than any run has: each waiting client is one.
const CLIENTS_MAX: &str = "16000";

/// As Baton uses it: it only wakes, so it keeps nothing.
const VOLATILE: &[&str] = &["--save", "", "--appendonly", "no"];

/// As one who keeps locks in it must run it.
const DURABLE: &[&str] = &["--save", "", "--appendonly", "yes", "--appendfsync", "always"];

/// Redis as a peer.
pub struct DurableRedis;

impl System for DurableRedis {
    fn name(&self) -> &str {
        "redis"
    }

    fn missing(&self) -> Vec<String> {
        missing()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        (task == Task::Edit).then(|| Box::new(SetDelete) as Box<dyn Work>)
    }

    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        Some(Box::new(BlockingPop))
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(async move {
            let program = start(home, DURABLE).await?;
            Ok(Server::new(program, None))
        })
    }
}

/// Starts the Redis of an application.
pub async fn volatile(home: &Path) -> Result<Program> {
    start(home, VOLATILE).await
}

/// How to get it, where it is not there.
pub fn missing() -> Vec<String> {
    installed::missing("redis-server", "redis-server")
}

async fn start(home: &Path, persistence: &[&str]) -> Result<Program> {
    let home = home.join("redis");
    fs::create_dir_all(&home)?;
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--maxclients", CLIENTS_MAX]);
    command.arg("--dir").arg(&home).args(persistence);
    Program::start(command, &home, async |_| {
        let mut redis = Redis::open(&address.into()).await.ok()?;
        redis.ping().await.ok().map(|()| address)
    })
    .await
}
