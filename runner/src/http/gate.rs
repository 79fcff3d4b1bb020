//! Keeps a burst of requests from making as many instances as there are requests.
//!
//! A handler makes another instance whenever all others are busy with a request that they have just been given. Where a
//! thousand clients come back at once that is the case for a moment, for each of them; and then their instances stay, with
//! their memory and their connections. So requests enter a few at a time: the next one when an instance that has begun
//! with one waits for something, and can take it on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests for each processor that instances may be about to begin with.
const BEGINNING_PER_PROCESSOR: usize = 2;

/// How long a request waits for its entry: should those before it hold theirs for longer, as their instances do nothing
/// else, another instance is what is needed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to a component's instances.
pub struct Gate {
    places: Arc<Semaphore>,
    patience: Duration,
}

/// The right to hand over a request, until an instance has begun with it.
pub type Entry = OwnedSemaphorePermit;

impl Gate {
    /// A gate for as many requests as this machine can begin with at once.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(processors * BEGINNING_PER_PROCESSOR)), patience: PATIENCE }
    }

    /// Waits until a request may be handed over, first come, first served; none if that takes too long.
    pub async fn enter(&self) -> Option<Entry> {
        if let Ok(entry) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(entry);
        }
        let entry = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        entry.ok().and_then(Result::ok)
    }
}

/// The requests that an instance has begun with since it waited for something last.
#[derive(Default)]
pub struct Beginnings {
    entries: Mutex<Vec<Option<Entry>>>,
    waits: AtomicBool,
}

impl Beginnings {
    /// The instance begins with a request.
    pub fn begin(&self, entry: Option<Entry>) {
        self.waits.store(false, Ordering::Relaxed);
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// All that the instance has begun with waits for something.
    pub fn note_wait(&self) {
        self.waits.store(true, Ordering::Relaxed);
    }

    /// The instance is asked whether it takes on more: from here on it does, and others may enter.
    pub fn let_others_in(&self) {
        if self.waits.load(Ordering::Relaxed) {
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate_of_one() -> Gate {
        Gate { places: Arc::new(Semaphore::new(1)), patience: Duration::from_millis(1) }
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_an_instance_waits() {
        let gate = gate_of_one();
        let beginnings = Beginnings::default();
        beginnings.begin(gate.enter().await);
        beginnings.let_others_in();
        assert!(gate.enter().await.is_none());
        beginnings.note_wait();
        assert!(gate.enter().await.is_none(), "before it takes on more");
        beginnings.let_others_in();
        assert!(gate.enter().await.is_some());
    }

    #[tokio::test]
    async fn an_instance_that_is_gone_holds_no_place() {
        let gate = gate_of_one();
        let beginnings = Beginnings::default();
        beginnings.begin(gate.enter().await);
        drop(beginnings);
        assert!(gate.enter().await.is_some());
    }
}
