//! Two Spins that share a libSQL server and a Redis.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;

use super::api::System;
use super::application::{self, notifier, serving};
use super::manifest::Manifest;
use super::program::Program;
use super::runner::Runner;
use super::server::Server;
use super::{bare, libsql, redis};
use crate::pending::Pending;
use crate::room::{Events, WaitingRoom};
use crate::work::{Task, Work};

/// The names of the hosts' directories.
const HOSTS: [&str; 2] = ["one", "other"];

/// What runs there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guest {
    Baton,
    Bare,
}

/// An application on more than one host.
pub struct Cluster {
    guest: Guest,
    spin: Runner,
    manifest: Rc<Manifest>,
}

impl Cluster {
    /// Baton, of this manifest.
    pub fn of_baton(spin: Runner, manifest: Rc<Manifest>) -> Self {
        Self { guest: Guest::Baton, spin, manifest }
    }

    /// The bare component, of this one.
    pub fn of_bare(spin: Runner, manifest: Rc<Manifest>) -> Self {
        Self { guest: Guest::Bare, spin, manifest }
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
        match self.guest {
            Guest::Baton => "cluster",
            Guest::Bare => "bare-cluster",
        }
    }

    fn missing(&self) -> Vec<String> {
        self.spin.missing(&self.manifest).into_iter().chain(libsql::missing()).chain(redis::missing()).collect()
    }

    fn work(&self, task: Task) -> Option<Box<dyn Work>> {
        Some(match self.guest {
            Guest::Baton => application::work(task),
            Guest::Bare => bare::work(task),
        })
    }

    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        (self.guest == Guest::Baton).then(|| Box::new(Events::default()) as Box<dyn WaitingRoom>)
    }

    fn keeps_sessions(&self) -> bool {
        self.guest == Guest::Baton
    }

    fn compiles(&self) -> bool {
        self.guest == Guest::Baton
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(self.launch(home))
    }
}
