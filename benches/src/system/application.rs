//! The application on `baton up` or on a real Spin, without Redis or with one.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baton_tests::{Process, RedisServer, baton, free_port, token};
use http::Method;
use tokio::time::sleep;

use super::log::Log;
use super::manifest::Manifest;
use super::{Server, System};
use crate::http::{Connection, request};
use crate::memory;
use crate::pending::Pending;

/// How long it may take until it is ready: a slow build of Spin compiles for a while.
const READY_MAX: Duration = Duration::from_secs(180);

/// How often it is asked whether it is ready: the resolution of that figure.
const ASK_EVERY: Duration = Duration::from_millis(3);

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
    pub fn program(&self) -> PathBuf {
        match env::var_os("BATON_SPIN") {
            Some(spin) if self.on_spin => PathBuf::from(spin),
            _ => baton(),
        }
    }
}

/// The application on one of these.
pub struct Application {
    kind: Kind,
    name: String,
    manifest: Rc<Manifest>,
    redis: Option<RedisServer>,
}

impl Application {
    /// The application, with a Redis that runs from now on if it needs one.
    pub fn new(kind: Kind, manifest: Rc<Manifest>) -> Self {
        let redis = kind.with_redis.then(|| RedisServer::start(None));
        Self { kind, name: kind.name(), manifest, redis }
    }

    fn command(&self, home: &Path) -> Command {
        let state = home.join("state");
        let mut command = Command::new(self.kind.program());
        command.arg("up").arg("--from").arg(self.manifest.path()).arg("--state-dir").arg(&state);
        // A port that the system gives can't be anybody else's. Spin doesn't tell which one it got.
        let port = if self.kind.on_spin { free_port() } else { 0 };
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--variable").arg(format!("auth_secret={}", token::SECRET));
        if let Some(redis) = &self.redis {
            command.arg("--variable").arg(format!("redis_url={}", redis.url()));
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
        let mark = memory::new_mark();
        let mut command = self.command(home);
        let log = Log::begin(home, command.env(memory::MARK, &mark))?;
        let begun = Instant::now();
        let mut process = Process::spawn(&mut command).with_context(|| format!("{command:?}"))?;
        let ready = until_ready(&log, &mut process).await;
        let ready_in = begun.elapsed();
        let address = ready.with_context(|| format!("{command:?}\n{}", log.tail()))?;
        Ok(Server { address, ready_in, mark, process, log })
    }
}

impl System for Application {
    fn name(&self) -> &str {
        &self.name
    }

    fn start<'a>(&'a self, home: &'a Path) -> Pending<'a, Result<Server>> {
        Box::pin(self.launch(home))
    }
}

async fn until_ready(log: &Log, process: &mut Process) -> Result<SocketAddr> {
    let begun = Instant::now();
    while begun.elapsed() < READY_MAX {
        if let Some(address) = log.address()
            && is_ready(address).await.unwrap_or(false)
        {
            return Ok(address);
        }
        if let Some(status) = process.status() {
            bail!("it ended with {status} instead of being ready");
        }
        sleep(ASK_EVERY).await;
    }
    bail!("it is not ready after {READY_MAX:?}")
}

async fn is_ready(address: SocketAddr) -> Result<bool> {
    let mut connection = Connection::open(address).await?;
    let answer = connection.call(request(&Method::GET, "/readyz", None, None)?).await?;
    Ok(answer.status == 200)
}
