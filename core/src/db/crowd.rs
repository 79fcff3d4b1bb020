//! Whether too many instances make changes at the same time.
//!
//! Spin starts an instance for each request of a burst that finds none free, and from then on hands requests to all of them in
//! turn, for as long as requests come. A hundred instances contend for the one writer with a change each, where a few would make
//! them many at a time. So an instance looks how much of what changes is its own doing. Where that is little, it takes no more
//! requests, by the component model's backpressure, and its host lets it go as soon as those that it has are answered; the
//! others get the next ones.

use std::cell::{Cell, RefCell};

/// Where all changes leave rows: the last one's number.
pub const HEAD: &str = "SELECT max(seq) FROM audit";

/// How many changes an instance makes until it looks again. What a new instance costs is the work of some fifty changes: this
/// bounds it where the others are instances of other hosts, and going is of no use.
const SPAN: i64 = 4;

/// How large its part is at least of what changes, as one of so many. On each host so many instances and fewer stay.
const PARTS_MAX: i64 = 6;

/// What an instance knows of its part.
#[derive(Debug, Default)]
struct Part {
    /// The head when it looked last.
    since: Option<i64>,
    /// The changes it has made since.
    own: i64,
}

impl Part {
    /// Whether it is time to look at the head, after so many more changes.
    fn is_due(&mut self, made: usize) -> bool {
        self.own += i64::try_from(made).unwrap_or(SPAN);
        self.since.is_none() || self.own >= SPAN
    }

    /// Whether its part is too small, as the head says. Several who find that out at the same time don't all go.
    fn is_small(&mut self, head: i64, draw: f64) -> bool {
        let own = std::mem::take(&mut self.own);
        let all = self.since.replace(head).map(|since| head - since);
        all.is_some_and(|all| own * PARTS_MAX < all) && draw < 0.5
    }
}

thread_local! {
    static PART: RefCell<Part> = RefCell::default();
    static MUST_GO: Cell<bool> = const { Cell::new(false) };
}

/// Whether to look at the head of the log, after so many more changes.
pub fn is_due(made: usize) -> bool {
    !MUST_GO.get() && PART.with_borrow_mut(|part| part.is_due(made))
}

/// Decides by the head of the log whether the next request is this instance's last. `draw` is at random between 0 and 1.
pub fn judge(head: i64, draw: f64) {
    if PART.with_borrow_mut(|part| part.is_small(head, draw)) {
        MUST_GO.set(true);
    }
}

/// A request comes. Called before it waits for anything: until then the host hands over no other one, which would be kept
/// waiting by the backpressure for ever.
#[cfg(target_arch = "wasm32")]
pub fn enter() {
    if MUST_GO.take() {
        wit_bindgen::backpressure_inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_is_one_below_a_sixth() {
        let mut part = Part::default();
        assert!(part.is_due(1));
        assert!(!part.is_small(1_000, 0.0), "it has looked for the first time");
        assert!(!part.is_due(15) && part.is_due(1));
        assert!(!part.is_small(1_000 + 16 * 6, 0.0));
        assert!(part.is_due(16));
        assert!(part.is_small(1_096 + 16 * 6 + 1, 0.0));
    }

    #[test]
    fn of_several_some_stay() {
        let mut part = Part::default();
        assert!(part.is_due(1) && !part.is_small(0, 0.0));
        assert!(part.is_due(16) && !part.is_small(1_000, 0.5));
        assert!(!part.is_due(15), "it counts from the last look");
    }
}
