//! Baton on one of the runners, without Redis or with one.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;
use baton_tests::token;

use super::api::{Many, System};
use super::manifest::Manifest;
use super::program::Program;
use super::redis;
use super::runner::Runner;
use super::server::Server;
use crate::client::Credential;
use crate::pending::Pending;
use crate::receiver::receivers;
use crate::room::{Events, WaitingRoom};
use crate::work::{AcquireRelease, Ask, Read, Task, Work};

/// How many changes a user may make in a minute: the bench's users are busier than people, but their changes are counted.
pub const RATE_LIMIT: &str = "1000000000";

/// What bounds a user; 0 turns it off.
const LIMITS: [&str; 8] = [
    "RATE_LIMIT_CHANGES_PER_MINUTE",
    "RATE_LIMIT_WAITING",
    "QUOTA_WORKSTATIONS",
    "QUOTA_SUBSCRIPTIONS",
    "QUOTA_SESSIONS",
    "QUOTA_REQUESTS",
    "QUOTA_CHECKPOINT_BYTES",
    "QUOTA_RESERVATIONS",
];

/// What is different from the application as it comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Nothing.
    Plain,
    /// Clients show keys in place of tokens.
    Keys,
    /// No rate and no quota holds.
    Unlimited,
}

/// Baton.
pub struct Application {
    runner: Runner,
    with_redis: bool,
    variant: Variant,
    name: String,
    manifest: Rc<Manifest>,
}

impl Application {
    /// The application of this manifest.
    pub fn new(runner: Runner, with_redis: bool, manifest: Rc<Manifest>) -> Self {
        let name = format!("{}{}", runner.name(), if with_redis { "+redis" } else { "" });
        Self { runner, with_redis, variant: Variant::Plain, name, manifest }
    }

    /// The same on the project's own runner, with what its name tells.
    pub fn variant(variant: Variant, manifest: Rc<Manifest>) -> Self {
        let name = match variant {
            Variant::Plain => "runner",
            Variant::Keys => "runner-keys",
            Variant::Unlimited => "runner-unlimited",
        };
        Self { variant, name: name.to_owned(), ..Self::new(Runner::Baton, false, manifest) }
    }

    async fn launch(&self, home: &Path) -> Result<Server> {
        let redis = if self.with_redis { Some(redis::volatile(home).await?) } else { None };
        let mut command = serving(&self.runner, &self.manifest, home, redis.as_ref());
        if self.variant == Variant::Unlimited {
            command.envs(LIMITS.map(|name| (format!("SPIN_VARIABLE_{name}"), "0")));
        }
        if redis.is_none() && self.runner != Runner::Baton {
            command.args(self.manifest.without_redis());
        }
        let main = Runner::start(command, home).await?;
        let notifier = redis.as_ref().map(|redis| notifier(&self.runner, &self.manifest, home, redis));
        Ok(Server::new(main, redis.into_iter().chain(notifier.transpose()?.flatten())))
    }
}

/// The command that serves Baton, with this Redis if there is one.
pub fn serving(runner: &Runner, manifest: &Manifest, home: &Path, redis: Option<&Program>) -> Command {
    let mut command = runner.serving(manifest, home);
    match redis {
        Some(redis) if *runner == Runner::Baton => command.arg("--redis-url").arg(redis_url(redis)),
        _ => &mut command,
    };
    set_variables(&mut command, redis);
    command
}

/// The program that runs the notifier, where a real Spin runs it by itself.
pub fn notifier(runner: &Runner, manifest: &Manifest, home: &Path, redis: &Program) -> Result<Option<Program>> {
    let Some(manifest) = manifest.notifier().filter(|_| *runner != Runner::Baton) else { return Ok(None) };
    let mut command = runner.command(&manifest, home);
    set_variables(&mut command, Some(redis));
    Program::beside(command, &home.join("notifier")).map(Some)
}

fn set_variables(command: &mut Command, redis: Option<&Program>) {
    command.env("SPIN_VARIABLE_AUTH_SECRET", token::SECRET);
    command.env("SPIN_VARIABLE_RATE_LIMIT_CHANGES_PER_MINUTE", RATE_LIMIT);
    if let Ok(receivers) = receivers() {
        let hosts: Vec<_> = receivers.addresses().iter().map(ToString::to_string).collect();
        command.env("SPIN_VARIABLE_WEBHOOK_HOSTS", hosts.join(","));
    }
    if let Some(redis) = redis {
        command.env("SPIN_VARIABLE_REDIS_URL", redis_url(redis));
        command.env("SPIN_VARIABLE_REDIS_HOST", redis_url(redis));
    }
}

fn redis_url(redis: &Program) -> String {
    format!("redis://{}", redis.address)
}

/// How Baton does a task, whatever it runs on.
pub fn work(task: Task) -> Box<dyn Work> {
    work_as(Credential::Token, task)
}

fn work_as(credential: Credential, task: Task) -> Box<dyn Work> {
    match task {
        Task::Floor => Box::new(Ask("/healthz")),
        Task::Read => Box::new(Read(credential)),
        Task::Edit => Box::new(AcquireRelease(credential)),
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
        let credential = if self.variant == Variant::Keys { Credential::Key } else { Credential::Token };
        Some(work_as(credential, task))
    }

    fn only_where_named(&self) -> bool {
        self.variant != Variant::Plain
    }

    fn waiting_room(&self) -> Option<Box<dyn WaitingRoom>> {
        Some(Box::new(Events::default()))
    }

    fn many(&self) -> Option<Many> {
        Some(Many::Sessions)
    }

    fn keeps_sessions(&self) -> bool {
        true
    }

    fn sends_webhooks(&self) -> bool {
        true
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
