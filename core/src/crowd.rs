//! When an instance is one too many, and goes.
//!
//! Spin makes an instance for a request that comes while all others are about to begin one: 32 clients who come at once make it
//! start 10 to 25, which are handed requests in turns from then on, so that none is ever idle, and all of them stay. Each writes
//! for its own clients only, while the others wait; fewer would have more changes in each statement. Nobody counts them. But who has to
//! wait for others to have written, turn after turn, and then writes for one client has too many beside it. It says that it takes
//! no more requests (the component model's backpressure), and the host ends it when it has answered those that it has.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::task;

/// How long an instance looks at its turns before it judges, and at how many at least.
const SPAN: Duration = Duration::from_millis(500);
const TURNS_MIN: u32 = 8;

/// How many changes a turn is for, on average, where there are not too many instances.
const CHANGES_ENOUGH: u32 = 2;

/// Of how many that are too many one goes, at each look: if all went at once, those who come next would make another crowd.
const ONE_OF: u32 = 3;

/// What an instance has seen since it last judged.
#[derive(Debug, Default)]
struct Turns {
    begun: Option<Instant>,
    count: u32,
    waited: u32,
    changes: usize,
}

impl Turns {
    /// Takes note of a turn: how many changes it was for, and whether it had to wait for others to have written. When it is time to
    /// judge, it tells whether this instance is one too many, and begins anew.
    fn note(&mut self, now: Instant, changes: usize, has_waited: bool) -> Option<bool> {
        let begun = *self.begun.get_or_insert(now);
        self.count += 1;
        self.waited += u32::from(has_waited);
        self.changes += changes;
        if self.count < TURNS_MIN || now.duration_since(begun) < SPAN {
            return None;
        }
        let seen = std::mem::take(self);
        Some(seen.waited * 2 >= seen.count && seen.changes < (seen.count * CHANGES_ENOUGH) as usize)
    }
}

/// What an instance has decided.
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Stays,
    Goes,
    Closed,
}

thread_local! {
    static TURNS: RefCell<Turns> = RefCell::default();
    static DECISION: Cell<Decision> = const { Cell::new(Decision::Stays) };
}

/// Takes note of a turn of changes that went down together, and decides.
#[cfg(target_arch = "wasm32")]
pub(crate) fn note_turn(changes: usize, has_waited: bool) {
    let judged = TURNS.with_borrow_mut(|turns| turns.note(Instant::now(), changes, has_waited));
    let is_drawn = || task::jitter(Duration::from_secs(u64::from(ONE_OF))) < Duration::from_secs(1);
    if DECISION.get() == Decision::Stays && judged == Some(true) && is_drawn() {
        DECISION.set(Decision::Goes);
    }
}

/// Closes the instance if it is to go. It is called as the first thing in a request, before that waits for anything: another one that
/// has been handed in and hasn't begun would not begin any more, and Wasmtime hands in the next one when the last has begun.
///
/// It is for a component whose requests are short. The host may have told this instance of a request that it then doesn't take, and
/// tells another one only when this one has gone.
pub fn leave() {
    if DECISION.get() == Decision::Goes {
        DECISION.set(Decision::Closed);
        task::take_no_more();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is judged of turns that come every 100 ms, each for so many changes, if so many of ten had to wait.
    fn judged(changes: usize, waited_of_ten: u32) -> Vec<bool> {
        let (mut turns, begun) = (Turns::default(), Instant::now());
        let note =
            |number: u32| turns.note(begun + Duration::from_millis(100) * number, changes, number % 10 < waited_of_ten);
        (0..100).filter_map(note).collect()
    }

    #[test]
    fn who_waits_for_others_and_writes_for_one_is_too_many() {
        assert_eq!(judged(1, 10), [true; 12], "at every eighth turn");
        assert!(judged(2, 10).iter().all(|is_too_many| !is_too_many), "enough changes in each turn");
        assert!(judged(1, 0).iter().all(|is_too_many| !is_too_many), "alone");
        assert!(judged(1, 2).iter().all(|is_too_many| !is_too_many), "hardly anybody in the way");
    }

    #[test]
    fn nobody_judges_in_haste() {
        let (mut turns, begun) = (Turns::default(), Instant::now());
        let at = |turns: &mut Turns, ms| turns.note(begun + Duration::from_millis(ms), 1, true);
        assert!((0..100).all(|_| at(&mut turns, 0).is_none()), "many turns, and no time");
        assert_eq!(at(&mut turns, 499), None);
        assert_eq!(at(&mut turns, 500), Some(true));
        assert_eq!(at(&mut turns, 10_000), None, "it begins anew");
    }
}
