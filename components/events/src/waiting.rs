//! Who waits in this instance. Nothing here outlives it or is needed to be right: who isn't woken looks a little later.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use futures::channel::mpsc::{Receiver, Sender, channel};

#[derive(Default)]
struct Waiting {
    /// The waiters of each workstation, by number.
    waiters: HashMap<String, HashMap<u64, Sender<()>>>,
    next_number: u64,
    /// The newest event that the pump has dealt with.
    seen: i64,
    pump_runs: bool,
}

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
}

/// A place among those who wait; leaving it is dropping it.
pub struct Place {
    workstation_id: String,
    number: u64,
    woken: Receiver<()>,
}

impl Place {
    /// Takes a place for someone who has read the log up to `head`. The second value tells whether the caller has to
    /// start the pump.
    pub fn take(workstation_id: &str, head: i64) -> (Self, bool) {
        WAITING.with_borrow_mut(|waiting| {
            let (mut sender, woken) = channel(1);
            let start_pump = !waiting.pump_runs;
            if start_pump {
                waiting.pump_runs = true;
                waiting.seen = head;
            } else if waiting.seen > head {
                // The pump has passed events by since the caller looked.
                let _ = sender.try_send(());
            }
            let number = waiting.next_number;
            waiting.next_number += 1;
            waiting.waiters.entry(workstation_id.to_owned()).or_default().insert(number, sender);
            (Self { workstation_id: workstation_id.to_owned(), number, woken }, start_pump)
        })
    }

    /// Waits to be woken.
    pub async fn woken(&mut self) {
        self.woken.next().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|waiting| {
            if let Some(waiters) = waiting.waiters.get_mut(&self.workstation_id) {
                waiters.remove(&self.number);
                if waiters.is_empty() {
                    waiting.waiters.remove(&self.workstation_id);
                }
            }
        });
    }
}

/// Wakes everyone who waits for a workstation's events. Being woken twice is being woken once.
pub fn wake(workstation_id: &str) {
    WAITING.with_borrow_mut(|waiting| {
        for sender in waiting.waiters.get_mut(workstation_id).into_iter().flat_map(HashMap::values_mut) {
            let _ = sender.try_send(());
        }
    });
}

/// The workstations that are waited for.
pub fn workstations() -> HashSet<String> {
    WAITING.with_borrow(|waiting| waiting.waiters.keys().cloned().collect())
}

/// The newest event that the pump has dealt with.
pub fn seen() -> i64 {
    WAITING.with_borrow(|waiting| waiting.seen)
}

/// Notes that the pump has dealt with all events up to `head`.
pub fn note_seen(head: i64) {
    WAITING.with_borrow_mut(|waiting| waiting.seen = head);
}

/// Whether the pump goes on: as long as anybody waits. If not, the next one to wait starts it again.
pub fn pump_goes_on() -> bool {
    WAITING.with_borrow_mut(|waiting| {
        waiting.pump_runs = !waiting.waiters.is_empty();
        waiting.pump_runs
    })
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn is_woken(place: &mut Place) -> bool {
        place.woken().now_or_never().is_some()
    }

    #[test]
    fn wakes_exactly_the_workstation_that_is_named() {
        let (mut one, first) = Place::take("one", 5);
        let (mut other, second) = Place::take("other", 5);
        assert!(first && !second);
        wake("one");
        wake("one");
        assert!(is_woken(&mut one) && !is_woken(&mut other));
        while is_woken(&mut one) {}
        drop((one, other));
        assert!(workstations().is_empty() && !pump_goes_on());
    }

    #[test]
    fn who_comes_late_looks_again() {
        let (mut early, _) = Place::take("one", 5);
        note_seen(7);
        let (mut late, _) = Place::take("one", 6);
        let (mut current, _) = Place::take("one", 7);
        assert!(is_woken(&mut late) && !is_woken(&mut current) && !is_woken(&mut early));
    }
}
