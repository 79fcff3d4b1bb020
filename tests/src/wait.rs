//! Waiting for a condition instead of for a time.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The bound of "at once" on a busy machine: far above what is normal, far below the wait of a long poll.
const AT_ONCE: Duration = Duration::from_secs(10);

/// How long [`eventually`] goes on looking.
pub const EVENTUALLY: Duration = Duration::from_secs(20);

/// Looks again and again until `look` finds something, for `bound` at most: what it found, or what it saw instead at last.
pub fn poll<T, E>(bound: Duration, mut look: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let begun = Instant::now();
    loop {
        let seen = look();
        if seen.is_ok() || begun.elapsed() >= bound {
            return seen;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// [`poll`] for what must be there: fails after `bound` with `what` was waited for.
#[track_caller]
pub fn within<T>(bound: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    poll(bound, || look().ok_or(())).unwrap_or_else(|()| panic!("not within {bound:?}: {what}"))
}

/// [`within`], where `look` says what it sees instead: what that was at last is told by the failure.
#[track_caller]
pub fn seen_within<T, E: Debug>(bound: Duration, what: &str, look: impl FnMut() -> Result<T, E>) -> T {
    poll(bound, look).unwrap_or_else(|seen| panic!("not within {bound:?}: {what} (seen: {seen:?})"))
}

/// [`within`] a generous time.
#[track_caller]
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(EVENTUALLY, what, look)
}

/// Checks that something which should have been answered at once did not sit out a long wait.
pub fn at_once(took: Duration, what: &str) {
    assert!(took < AT_ONCE, "{what} took {took:?}, which is not at once");
}

/// Acts while each of the others repeats what it does. They stop when the act is over, even when it fails.
pub fn meanwhile<T>(others: Vec<impl FnMut() + Send>, act: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let stop = Stop(&over);
        for mut other in others {
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    other();
                }
            });
        }
        let result = act();
        drop(stop);
        result
    })
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
