//! Where a service listens.

use std::net::SocketAddr;
use std::sync::Arc;

/// The hosts of a service, the one that is tried first in front. Copies are cheap.
#[derive(Clone, Debug)]
pub struct Hosts {
    all: Arc<[SocketAddr]>,
    first: usize,
}

impl Hosts {
    /// These hosts, of which there must be one.
    pub fn new(all: impl Into<Arc<[SocketAddr]>>) -> Self {
        let all = all.into();
        assert!(!all.is_empty(), "a service has a host");
        Self { all, first: 0 }
    }

    /// The same ones for the client of this number: each host is the first one for as many clients.
    pub fn of(&self, number: u32) -> Self {
        let first = (self.first + number as usize) % self.all.len();
        Self { all: Arc::clone(&self.all), first }
    }

    /// All of them in the order in which they are tried.
    pub fn in_order(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.all.iter().cycle().skip(self.first).take(self.all.len()).copied()
    }
}

impl From<SocketAddr> for Hosts {
    fn from(only: SocketAddr) -> Self {
        Self::new([only])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_spread_and_know_all() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let hosts = Hosts::new([address(1), address(2)]);
        let order = |number| hosts.of(number).in_order().map(|host| host.port()).collect::<Vec<_>>();
        assert_eq!([order(0), order(1), order(2)], [[1, 2], [2, 1], [1, 2]]);
    }
}
