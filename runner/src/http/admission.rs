//! How many connections there may be: in all, so that files and the way to Redis can still be opened, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is told that connections are refused.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// The most connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In all.
    pub in_all: usize,
    /// From one address, or one network of an IPv6 provider's customer (64 bits); none: `in_all` bounds a machine's own, which
    /// may be a proxy's, and a quarter of that all others.
    pub of_one_address: Option<usize>,
}

/// Who is connected.
pub struct Admission {
    limits: ConnectionLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
    refused: usize,
    told_at: Option<Instant>,
}

/// A connection's place, until it is dropped.
pub struct Admitted {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    /// Nobody is connected yet.
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    /// A place for a connection from an address; none if there are too many.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let address = customer(address.to_canonical());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = state.by_address.get(&address).copied().unwrap_or(0);
        if state.in_all >= self.limits.in_all || of_address >= self.most_of(address) {
            state.refuse();
            return None;
        }
        state.in_all += 1;
        state.by_address.insert(address, of_address + 1);
        Some(Admitted { admission: Arc::clone(self), address })
    }

    fn most_of(&self, address: IpAddr) -> usize {
        let others = if address.is_loopback() { self.limits.in_all } else { self.limits.in_all.div_ceil(4) };
        self.limits.of_one_address.unwrap_or(others)
    }
}

impl State {
    fn refuse(&mut self) {
        self.refused += 1;
        if self.told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
            eprintln!("Too many connections: {} refused", self.refused);
            (self.refused, self.told_at) = (0, Some(Instant::now()));
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.admission.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.in_all -= 1;
        if let Some(count) = state.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                state.by_address.remove(&self.address);
            }
        }
    }
}

/// One customer has a whole network of IPv6 addresses.
fn customer(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) if address.is_loopback() => address.into(),
        IpAddr::V6(address) => IpAddr::from((address.to_bits() & !u128::from(u64::MAX)).to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(in_all: usize, of_one_address: Option<usize>) -> Arc<Admission> {
        Admission::new(ConnectionLimits { in_all, of_one_address })
    }

    fn admitted(admission: &Arc<Admission>, addresses: &[&str]) -> Vec<Option<Admitted>> {
        addresses.iter().map(|address| admission.admit(address.parse().unwrap())).collect()
    }

    #[test]
    fn there_are_no_more_than_that() {
        let admission = admission(2, Some(2));
        let mut places = admitted(&admission, &["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        assert!(places[1].is_some() && places[2].is_none());
        places.remove(0);
        assert!(admission.admit("10.0.0.3".parse().unwrap()).is_some());
    }

    #[test]
    fn one_address_leaves_room_for_others() {
        let admission = admission(8, None);
        let places = admitted(&admission, &["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2", "127.0.0.1"]);
        assert_eq!(places.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true, true]);
        drop(places);
        let places = admitted(&admission, &["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"]);
        assert_eq!(places.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true]);
        drop(places);
        assert!(admission.state.lock().unwrap().by_address.is_empty(), "who has gone is forgotten");
    }
}
