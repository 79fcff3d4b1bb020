//! A [`Task`] is what is to be done, a [`Work`] how a system does it.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;

use crate::client::Hosts;
use crate::pending::Pending;

/// What is to be done, by whatever system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Task {
    /// A component is called, and answers with what it knows.
    Floor,
    /// One session is read.
    Read,
    /// A part is taken and given back: two durable changes.
    Edit,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Floor => "bare request",
            Self::Read => "read a session",
            Self::Edit => "acquire + release",
        })
    }
}

/// How a system does a task.
pub trait Work {
    /// Prepares the client of this number.
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>>;
}

/// One who does a work.
pub trait Client {
    /// Does it once: when each of its requests was sent and answered.
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>>;
}

/// When a request was sent, and when its answer was there.
#[derive(Clone, Copy)]
pub struct Exchange {
    /// When it was sent.
    pub sent: Instant,
    /// When the whole answer had been read.
    pub answered: Instant,
}

impl Exchange {
    /// How long it took.
    pub fn took(&self) -> Duration {
        self.answered - self.sent
    }

    /// The same in milliseconds.
    pub fn milliseconds(&self) -> f64 {
        self.took().as_secs_f64() * 1_000.0
    }

    /// What a request comes to, and its times.
    pub async fn of<T>(request: impl Future<Output = Result<T>>) -> Result<(T, Self)> {
        let sent = Instant::now();
        let value = request.await?;
        Ok((value, Self { sent, answered: Instant::now() }))
    }
}
