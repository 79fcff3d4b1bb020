//! A running system.

use std::time::Duration;

use anyhow::{Error, Result};

use super::program::Program;
use crate::client::Hosts;
use crate::usage;

/// A running system. It ends when this is dropped.
pub struct Server {
    /// Where it listens.
    pub hosts: Hosts,
    /// How long it took from the start until it was ready.
    pub ready_in: Duration,
    serving: Vec<Program>,
    /// What those that serve need, which ends after them: their database first, if they share one.
    beside: Vec<Program>,
}

impl Server {
    /// A system of one program that serves, and what it needs.
    pub(super) fn new(main: Program, beside: impl IntoIterator<Item = Program>) -> Self {
        Self::of(vec![main], beside.into_iter().collect())
    }

    /// A system of these programs, of which the first ones serve.
    pub(super) fn of(serving: Vec<Program>, beside: Vec<Program>) -> Self {
        let hosts = Hosts::new(serving.iter().map(|program| program.address).collect::<Vec<_>>());
        let ready_in = serving.iter().map(|program| program.ready_in).max().unwrap_or_default();
        Self { hosts, ready_in, serving, beside }
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
        self.serving.iter().chain(&self.beside).map(|program| program.process.group()).collect()
    }

    /// Whether one of its hosts can go without it being gone.
    pub fn survives(&self) -> bool {
        self.serving.len() > 1
    }

    /// Kills the last of its hosts.
    pub fn kill_host(&mut self) {
        self.serving.last_mut().into_iter().for_each(Program::kill);
    }

    /// Starts that host again.
    pub fn start_host(&mut self) -> Result<()> {
        self.serving.last_mut().map_or(Ok(()), Program::start_again)
    }

    /// Ends the database that its hosts share, and starts it again.
    pub fn restart_database(&mut self) -> Result<()> {
        self.beside.first_mut().map_or(Ok(()), |database| {
            database.end();
            database.start_again()
        })
    }

    /// The error, and the end of the log if a host has ended, which it shouldn't have.
    pub fn explain(&mut self, error: Error) -> Error {
        for host in &mut self.serving {
            if let Some(status) = host.process.status() {
                return error.context(format!("the server ended with {status}:\n{}", host.log.tail()));
            }
        }
        error
    }

    /// Lets it end in order, so that the next start finds its files as a service manager would leave them.
    pub fn stop(mut self) {
        self.serving.iter_mut().chain(&mut self.beside).for_each(Program::end);
    }
}
