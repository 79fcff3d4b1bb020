//! A running system.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Error, Result};

use super::program::Program;
use crate::usage;

/// How long a system may take to end before it is killed.
const END_MAX: Duration = Duration::from_secs(5);

/// A running system. It ends when this is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start until it was ready.
    pub ready_in: Duration,
    main: Program,
    /// What the main program needs, which ends after it.
    beside: Option<Program>,
}

impl Server {
    /// A system of these programs.
    pub(super) fn new(main: Program, beside: Option<Program>) -> Self {
        Self { address: main.address, ready_in: main.ready_in, main, beside }
    }

    /// The resident memory of all its processes, in bytes.
    pub fn resident(&self) -> Result<u64> {
        usage::resident(&self.groups())
    }

    /// The processor time that all its processes have taken.
    pub fn processor_time(&self) -> Result<Duration> {
        usage::processor_time(&self.groups())
    }

    fn groups(&self) -> Vec<i32> {
        [Some(&self.main), self.beside.as_ref()].into_iter().flatten().map(|program| program.process.group()).collect()
    }

    /// The error, and the end of the log if the server has ended, which it shouldn't have.
    pub fn explain(&mut self, error: Error) -> Error {
        match self.main.process.status() {
            Some(status) => error.context(format!("the server ended with {status}:\n{}", self.main.log.tail())),
            None => error,
        }
    }

    /// Lets it end in order, so that the next start finds its files as a service manager would leave them.
    pub fn stop(mut self) {
        for program in [Some(self.main), self.beside.take()].iter_mut().flatten() {
            program.process.terminate();
            program.process.wait(END_MAX);
        }
    }
}
