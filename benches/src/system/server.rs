//! A running system.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Error, Result};
use baton_tests::Process;

use super::log::Log;
use crate::memory;

/// How long a system may take to end before it is killed.
const END_MAX: Duration = Duration::from_secs(5);

/// A running system. It ends when this is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start until it was ready.
    pub ready_in: Duration,
    pub(super) mark: String,
    pub(super) process: Process,
    pub(super) log: Log,
}

impl Server {
    /// The resident memory of all its processes, in bytes.
    pub fn resident(&self) -> Result<u64> {
        memory::resident(&self.mark)
    }

    /// The error, and the end of the log if the server has ended, which it shouldn't have.
    pub fn explain(&mut self, error: Error) -> Error {
        match self.process.status() {
            Some(status) => error.context(format!("the server ended with {status}:\n{}", self.log.tail())),
            None => error,
        }
    }

    /// Lets it end in order, so that the next start finds its files as a service manager would leave them.
    pub fn stop(mut self) {
        self.process.terminate();
        self.process.wait(END_MAX);
    }
}
