//! What clients do: a work is done by any number of clients at once, each on a connection and on parts of its own.
//!
//! Another one is another implementation of [`Work`], listed in [`all`].

mod acquire;
mod health;
mod read;

use std::net::SocketAddr;

use anyhow::Result;

use crate::pending::Pending;

/// A kind of work.
pub trait Work {
    /// Its name in the report.
    fn name(&self) -> &'static str;

    /// How many requests one operation takes.
    fn requests_per_operation(&self) -> u32 {
        1
    }

    /// Prepares the client of this number.
    fn client(&self, address: SocketAddr, number: u32) -> Pending<'static, Result<Box<dyn Client>>>;
}

/// One who does a work.
pub trait Client {
    /// Does it once.
    fn operate(&mut self) -> Pending<'_, Result<()>>;
}

/// All kinds of work. The first is the floor that the others are compared with.
pub fn all() -> Vec<Box<dyn Work>> {
    vec![Box::new(health::Health), Box::new(read::Read), Box::new(acquire::AcquireRelease)]
}
