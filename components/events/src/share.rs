//! How many requests of one user wait at once (contract, "Limits"): those of this instance are counted here.

use std::cell::RefCell;
use std::collections::HashMap;

use baton_core::limits::too_many;
use baton_core::{Result, config};

/// How soon one of those who wait has likely been answered, in seconds: a poll lasts 30 if nothing is said.
const RETRY_AFTER: u64 = 15;

thread_local! {
    static WAITING: RefCell<HashMap<String, usize>> = RefCell::default();
}

/// A place among a user's requests that wait. It is free again when this is dropped.
#[derive(Debug)]
pub struct Share(String);

impl Share {
    /// Takes a place: 429 if there is none.
    pub async fn take(user: &str) -> Result<Self> {
        let limit = config::rate_of_waiting().await?;
        WAITING.with_borrow_mut(|waiting| {
            let taken = waiting.get(user).copied().unwrap_or(0);
            if limit > 0 && taken >= limit {
                return Err(too_many("too many of your requests wait for events already", RETRY_AFTER));
            }
            waiting.insert(user.to_owned(), taken + 1);
            Ok(Self(user.to_owned()))
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|waiting| match waiting.get_mut(&self.0) {
            Some(taken) if *taken > 1 => *taken -= 1,
            _ => drop(waiting.remove(&self.0)),
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let taken: Vec<_> = (0..200).map(|_| block_on(Share::take("alice")).expect("a place")).collect();
        assert_eq!(block_on(Share::take("alice")).unwrap_err().code(), "rate_limited");
        assert!(block_on(Share::take("bob")).is_ok());
        drop(taken);
        assert!(WAITING.with_borrow(HashMap::is_empty));
        assert!(block_on(Share::take("alice")).is_ok());
    }
}
