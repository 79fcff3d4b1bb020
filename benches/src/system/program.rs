//! A program that belongs to a system.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baton_tests::Process;
use http::Method;
use tokio::time::sleep;

use super::log::Log;
use crate::client::{Answer, Connection, request};

/// How long it may take until it is ready: a slow build of Spin compiles for a while.
const READY_MAX: Duration = Duration::from_secs(180);

/// How often it is asked whether it is ready: the resolution of that figure.
const ASK_EVERY: Duration = Duration::from_millis(3);

/// How long it may take to end.
const END_MAX: Duration = Duration::from_secs(5);

/// A running program. It ends when this is dropped.
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start until it was ready.
    pub ready_in: Duration,
    pub(super) process: Process,
    pub(super) log: Log,
    command: Command,
}

impl Program {
    /// Starts a command, with its log in this directory, and waits until `ready` says where it serves.
    pub async fn start(
        mut command: Command,
        home: &Path,
        ready: impl AsyncFn(&Log) -> Option<SocketAddr>,
    ) -> Result<Self> {
        let log = Log::begin(home, &mut command)?;
        let begun = Instant::now();
        let mut process = Process::spawn(&mut command).with_context(|| format!("{command:?}"))?;
        let address = until_ready(&log, &mut process, ready).await;
        let ready_in = begun.elapsed();
        let address = address.with_context(|| format!("{command:?}\n{}", log.tail()))?;
        Ok(Self { address, ready_in, process, log, command })
    }

    /// Starts a command that doesn't listen, with its log in this directory, and doesn't wait for it.
    pub fn beside(mut command: Command, home: &Path) -> Result<Self> {
        let log = Log::begin(home, &mut command)?;
        let process = Process::spawn(&mut command).with_context(|| format!("{command:?}"))?;
        let nowhere = SocketAddr::from(([0; 4], 0));
        Ok(Self { address: nowhere, ready_in: Duration::ZERO, process, log, command })
    }

    /// Ends it without a chance to say goodbye.
    pub fn kill(&mut self) {
        self.process.kill();
        self.process.wait(END_MAX);
    }

    /// Lets it end in order.
    pub fn end(&mut self) {
        self.process.terminate();
        self.process.wait(END_MAX);
    }

    /// Starts it again, where it was before. It isn't waited for.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = Process::spawn(&mut self.command).with_context(|| format!("{:?}", self.command))?;
        Ok(())
    }
}

async fn until_ready(
    log: &Log,
    process: &mut Process,
    ready: impl AsyncFn(&Log) -> Option<SocketAddr>,
) -> Result<SocketAddr> {
    let begun = Instant::now();
    while begun.elapsed() < READY_MAX {
        if let Some(address) = ready(log).await {
            return Ok(address);
        }
        if let Some(status) = process.status() {
            bail!("it ended with {status} instead of being ready");
        }
        sleep(ASK_EVERY).await;
    }
    bail!("it is not ready after {READY_MAX:?}")
}

/// Whether a server there answers this path with 200.
pub async fn answers(address: SocketAddr, path: &str) -> bool {
    let asking = async {
        let mut connection = Connection::open(&address.into()).await?;
        connection.call(request(&Method::GET, path, None, None)?).await
    };
    asking.await.is_ok_and(|answer: Answer| answer.status == 200)
}
