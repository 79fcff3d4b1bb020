//! A Spin application on `baton up` or on a real Spin, without Redis or with one.

use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;
use baton_tests::{baton, free_port, token};
use http::Method;

use super::manifest::Manifest;
use super::program::Program;
use super::{Server, System, redis};
use crate::http::{Connection, request};
use crate::pending::Pending;
use crate::room::{Events, WaitingRoom};
use crate::work::{AcquireRelease, Ask, Read, Task, Work};

/// What the application runs on.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// On the Spin that BATON_SPIN names, instead of `baton up`.
    pub on_spin: bool,
    /// With a real Redis.
    pub with_redis: bool,
}

/// The kinds that there are, next to each other those that are compared.
pub fn kinds() -> Vec<Kind> {
    let spin: &[bool] = if env::var_os("BATON_SPIN").is_some() { &[false, true] } else { &[false] };
    let kinds = spin.iter().flat_map(|&on_spin| [false, true].map(|with_redis| Kind { on_spin, with_redis }));
    kinds.collect()
}

impl Kind {
    /// Its name in the report and on the command line.
    pub fn name(&self) -> String {
        let runner = if self.on_spin { "spin" } else { "baton" };
        let redis = if self.with_redis { "+redis" } else { "" };
        format!("{runner}{redis}")
    }

    /// The program that runs it.
    fn program(&self) -> PathBuf {
        match env::var_os("BATON_SPIN") {
            Some(spin) if self.on_spin => PathBuf::from(spin),
            _ => baton(),
        }
    }

    fn missing_program(&self) -> Option<String> {
        let program = self.program();
        let how = if self.on_spin { "BATON_SPIN names it" } else { "cargo build --release -p baton-cli" };
        (!program.exists()).then(|| format!("{}: {how}", program.display()))
    }
}

/// Baton on one of these.
pub struct Application {
    kind: Kind,
    name: String,
    manifest: Rc<Manifest>,
}

impl Application {
    /// The application of this manifest.
    pub fn new(kind: Kind, manifest: Rc<Manifest>) -> Self {
        Self { kind, name: kind.name(), manifest }
    }

    fn command(&self, home: &Path, redis: Option<&Program>) -> Command {
        let mut command = Command::new(self.kind.program());
        command.arg("up").arg("--from").arg(self.manifest.path()).arg("--state-dir").arg(home.join("state"));
        // A port that the system gives can't be anybody else's. Spin doesn't tell which one it got.
        let port = if self.kind.on_spin { free_port() } else { 0 };
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--variable").arg(format!("auth_secret={}", token::SECRET));
        if let Some(redis) = redis {
            command.arg("--variable").arg(format!("redis_url=redis://{}", redis.address));
        } else if self.kind.on_spin {
            // It won't start a Redis trigger that can't connect, so the others are named one by one.
            command.args(self.manifest.http_components().iter().flat_map(|component| ["-c", component]));
        }
        // Spin keeps what it compiles in the user's cache; a first start is one without it.
        command.env("XDG_CACHE_HOME", home.join("cache"));
        command
    }

    async fn launch(&self, home: &Path) -> Result<Server> {
        fs::create_dir_all(home.join("state"))?;
        let redis = if self.kind.with_redis { Some(redis::volatile(home).await?) } else { None };
        let main = Program::start(self.command(home, redis.as_ref()), home, async |log| {
            let address = log.address()?;
            is_ready(address).await.unwrap_or(false).then_some(address)
        })
        .await?;
        Ok(Server::new(main, redis))
    }
}

impl System for Application {
    fn name(&self) -> &str {
        &self.name
    }

    fn missing(&self) -> Vec<String> {
        let redis = if self.kind.with_redis { redis::missing() } else { Vec::new() };
        self.kind.missing_program().into_iter().chain(self.manifest.missing()).chain(redis).collect()
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
        fs::create_dir_all(to.join("state"))?;
        // Where `baton up` keeps it, and where Spin does.
        for place in ["state/compiled", "cache"].iter().filter(|place| from.join(place).exists()) {
            symlink(from.join(place), to.join(place))?;
        }
        Ok(())
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(self.launch(home))
    }
}

async fn is_ready(address: SocketAddr) -> Result<bool> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.call(request(&Method::GET, "/readyz", None, None)?).await?;
    Ok(answer.status == 200)
}
