//! What a waiting room offers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Error, Result};
use futures::future::BoxFuture;

use crate::client::Hosts;
use crate::pending::Pending;

/// How clients wait at a system.
pub trait WaitingRoom {
    /// So many who are known to the system, but not there yet.
    fn others(&self, hosts: &Hosts, count: u32, counts: &Arc<Counts>) -> Pending<'_, Result<Vec<Arrival>>>;

    /// One who waits and one who wakes them, for the measurement of this name.
    fn pair(&self, hosts: &Hosts, name: &str) -> Pending<'_, Result<Box<dyn Pair>>>;
}

/// One who is yet to come, and does when this is awaited.
pub type Arrival = Pending<'static, Result<Waiter>>;

/// One who waits on and on, until they can't any longer, for this reason.
pub type Waiter = BoxFuture<'static, Error>;

/// One who waits and one who wakes them.
pub trait Pair {
    /// From sending the news until the answer of the one who waits for it is there.
    fn wake(&mut self) -> Pending<'_, Result<Duration>>;
}

/// What those who wait were answered.
#[derive(Default)]
pub struct Counts {
    answers: AtomicU32,
    refusals: AtomicU32,
}

impl Counts {
    /// How often one of them had waited as long as one can, and had to ask again.
    pub fn answers(&self) -> u32 {
        self.answers.load(Ordering::Relaxed)
    }

    /// How often one of them was answered with 503 and had to ask again.
    pub fn refusals(&self) -> u32 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Notes that one of them had waited as long as one can.
    pub fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that one of them was answered with 503.
    pub fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }
}
