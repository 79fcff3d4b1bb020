//! Baton on two Spins that share a libSQL server and a Redis.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;

use super::api::System;
use super::application::{notifier, serving, work};
use super::manifest::Manifest;
use super::program::Program;
use super::runner::Runner;
use super::server::Server;
use super::{libsql, redis};
use crate::pending::Pending;
use crate::room::{Events, WaitingRoom};
use crate::work::{Task, Work};

/// The names of the hosts' directories.
const HOSTS: [&str; 2] = ["one", "other"];

/// Baton on more than one host.
pub struct Cluster {
    spin: Runner,
    manifest: Rc<Manifest>,
}

impl Cluster {
    /// The application of this manifest.
    pub fn new(spin: Runner, manifest: Rc<Manifest>) -> Self {
        Self { spin, manifest }
    }

    async fn launch(&self, home: &Path) -> Result<Server> {
        let (database, redis) = (libsql::start(home).await?, redis::volatile(home).await?);
        let configuration = home.join("runtime-config.toml");
        fs::write(&configuration, configure(&database, &redis))?;
        let mut hosts = Vec::new();
        for name in HOSTS {
            let host = home.join(name);
            let mut command = serving(&self.spin, &self.manifest, &host, Some(&redis));
            command.arg("--runtime-config-file").arg(&configuration);
            // Both may use what one of them has compiled.
            command.env("XDG_CACHE_HOME", home.join("cache"));
            hosts.push(Runner::start(command, &host).await?);
        }
        let notifier = notifier(&self.spin, &self.manifest, home, &redis)?;
        Ok(Server::of(hosts, [database, redis].into_iter().chain(notifier).collect()))
    }
}

fn configure(database: &Program, redis: &Program) -> String {
    format!(
        "[sqlite_database.default]\ntype = \"libsql\"\nurl = \"http://{}\"\ntoken = \"unused\"\n\n\
        [key_value_store.default]\ntype = \"redis\"\nurl = \"redis://{}\"\n",
        database.address, redis.address
    )
}

impl System for Cluster {
    fn name(&self) -> &'static str {
        "cluster"
    }

    fn missing(&self) -> Vec<String> {
        self.spin.missing(&self.manifest).into_iter().chain(libsql::missing()).chain(redis::missing()).collect()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(work(task))
    }

    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        Some(Box::new(Events::default()))
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn compiles(&self) -> bool {
        true
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(self.launch(home))
    }
}
