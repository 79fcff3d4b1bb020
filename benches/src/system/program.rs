//! A program that belongs to a system.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baton_tests::Process;
use tokio::time::sleep;

use super::log::Log;

/// How long it may take until it is ready: a slow build of Spin compiles for a while.
const READY_MAX: Duration = Duration::from_secs(180);

/// How often it is asked whether it is ready: the resolution of that figure.
const ASK_EVERY: Duration = Duration::from_millis(3);

/// A running program. It ends when this is dropped.
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start until it was ready.
    pub ready_in: Duration,
    pub(super) process: Process,
    pub(super) log: Log,
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
        Ok(Self { address, ready_in, process, log })
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
