//! Baton on one of the runners, without Redis or with one.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;
use baton_tests::token;

use super::manifest::Manifest;
use super::program::Program;
use super::runner::Runner;
use super::{Server, System, redis};
use crate::pending::Pending;
use crate::room::{Events, WaitingRoom};
use crate::work::{AcquireRelease, Ask, Read, Task, Work};

/// Baton.
pub struct Application {
    runner: Runner,
    with_redis: bool,
    name: String,
    manifest: Rc<Manifest>,
}

impl Application {
    /// The application of this manifest.
    pub fn new(runner: Runner, with_redis: bool, manifest: Rc<Manifest>) -> Self {
        let name = format!("{}{}", runner.name(), if with_redis { "+redis" } else { "" });
        Self { runner, with_redis, name, manifest }
    }

    fn command(&self, home: &Path, redis: Option<&Program>) -> Command {
        let mut command = self.runner.command(&self.manifest, home);
        command.arg("--variable").arg(format!("auth_secret={}", token::SECRET));
        if let Some(redis) = redis {
            command.arg("--variable").arg(format!("redis_url=redis://{}", redis.address));
        } else if self.runner == Runner::Spin {
            // It won't start a Redis trigger that can't connect, so the others are named one by one.
            command.args(self.manifest.http_components().iter().flat_map(|component| ["-c", component]));
        }
        command
    }

    async fn launch(&self, home: &Path) -> Result<Server> {
        let redis = if self.with_redis { Some(redis::volatile(home).await?) } else { None };
        let main = Runner::start(self.command(home, redis.as_ref()), home).await?;
        Ok(Server::new(main, redis))
    }
}

impl System for Application {
    fn name(&self) -> &str {
        &self.name
    }

    fn missing(&self) -> Vec<String> {
        let redis = if self.with_redis { redis::missing() } else { Vec::new() };
        self.runner.missing(&self.manifest).into_iter().chain(redis).collect()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(match task {
            Task::Floor => Box::new(Ask("/healthz")),
            Task::Read => Box::new(Read),
            Task::Edit => Box::new(AcquireRelease),
        })
    }

    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        Some(Box::new(Events::default()))
    }

    fn compiles(&self) -> bool {
        true
    }

    fn database(&self, home: &Path) -> Option<PathBuf> {
        Some(home.join("state/sqlite_db.db"))
    }

    fn share_machine_code(&self, from: &Path, to: &Path) -> io::Result<()> {
        Runner::share_machine_code(from, to)
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(self.launch(home))
    }
}
