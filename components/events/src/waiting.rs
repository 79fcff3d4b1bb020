//! Who waits in this instance. Nothing here outlives it or is needed to be right: who isn't woken looks a little later.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// For how long a place is enlisted at least: a stream that waits again and again needn't say so each time.
const ENLISTED_MIN: Duration = Duration::from_secs(30);

/// One who waits.
struct Waiter {
    number: u64,
    /// How far this one has read the log.
    cursor: i64,
    /// Woken for news up to here.
    news: Option<i64>,
    waker: Option<Waker>,
}

impl Waiter {
    /// Wakes for news up to `through`; up to `seen` there is nothing for one who has not been woken.
    fn wake(&mut self, through: i64, seen: Option<i64>) {
        self.cursor = self.cursor_at(seen);
        self.news = self.news.max(Some(through));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn cursor_at(&self, seen: Option<i64>) -> i64 {
        match self.news {
            Some(_) => self.cursor,
            None => self.cursor.max(seen.unwrap_or(0)),
        }
    }
}

#[derive(Default)]
struct Waiting {
    /// The waiters of each workstation.
    waiters: HashMap<String, Vec<Waiter>>,
    next_number: u64,
    /// The newest event that the pump has dealt with.
    seen: Option<i64>,
}

impl Waiting {
    fn waiter(&mut self, place: &Place) -> Option<&mut Waiter> {
        let waiters = self.waiters.get_mut(&place.workstation_id)?;
        waiters.iter_mut().find(|waiter| waiter.number == place.number)
    }
}

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
}

/// A place among those who wait; leaving it is dropping it.
pub struct Place {
    workstation_id: String,
    number: u64,
    enlisted_until: Option<Instant>,
}

impl Place {
    /// Takes a place for someone who has read the log up to `cursor`.
    pub fn take(workstation_id: &str, cursor: i64) -> Self {
        let number = WAITING.with_borrow_mut(|waiting| {
            let number = waiting.next_number;
            waiting.next_number += 1;
            let waiter = Waiter { number, cursor, news: None, waker: None };
            waiting.waiters.entry(workstation_id.to_owned()).or_default().push(waiter);
            number
        });
        let place = Self { workstation_id: workstation_id.to_owned(), number, enlisted_until: None };
        place.note_read(cursor);
        place
    }

    /// Notes that this one has read the log up to `cursor`. If the pump has passed events by since then, they are to be
    /// looked at.
    pub fn note_read(&self, cursor: i64) {
        WAITING.with_borrow_mut(|waiting| {
            let seen = waiting.seen;
            if let Some(waiter) = waiting.waiter(self) {
                waiter.cursor = cursor;
                waiter.news = waiter.news.max(seen).filter(|news| *news > cursor);
            }
        });
    }

    /// How far the log holds nothing new for this one: as far as it has read, or as the pump has seen without waking it.
    pub fn cursor(&self) -> i64 {
        WAITING.with_borrow_mut(|waiting| {
            let seen = waiting.seen;
            waiting.waiter(self).map_or(0, |waiter| waiter.cursor_at(seen))
        })
    }

    /// Waits to be woken, and tells how far the log still holds nothing new.
    pub async fn woken(&mut self) -> i64 {
        let cursor = poll_fn(|context| {
            WAITING.with_borrow_mut(|waiting| match waiting.waiter(self) {
                Some(waiter) if waiter.news.is_none() => {
                    waiter.waker = Some(context.waker().clone());
                    Poll::Pending
                }
                Some(waiter) => {
                    waiter.news = None;
                    Poll::Ready(waiter.cursor)
                }
                None => Poll::Ready(0),
            })
        })
        .await;
        // Whoever woke it has struck it off.
        self.enlisted_until = None;
        cursor
    }

    /// Whether this one has to be enlisted in Redis to be woken in the next `longest`; if so, it counts as enlisted for
    /// the time that is given back from now on.
    pub fn must_enlist(&mut self, longest: Duration) -> Option<Duration> {
        let (now, time) = (Instant::now(), longest.max(ENLISTED_MIN));
        if self.enlisted_until.is_some_and(|until| until >= now + longest) {
            return None;
        }
        self.enlisted_until = Some(now + time);
        Some(time)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|waiting| {
            if let Some(waiters) = waiting.waiters.get_mut(&self.workstation_id) {
                waiters.retain(|waiter| waiter.number != self.number);
                if waiters.is_empty() {
                    waiting.waiters.remove(&self.workstation_id);
                }
            }
        });
    }
}

/// Wakes those who wait for a workstation's events and haven't read the log up to `through`. Being woken twice is being
/// woken once. True if somebody goes on waiting.
pub fn wake(workstation_id: &str, through: i64) -> bool {
    WAITING.with_borrow_mut(|waiting| {
        let seen = waiting.seen;
        let mut one_waits = false;
        for waiter in waiting.waiters.get_mut(workstation_id).into_iter().flatten() {
            match waiter.cursor < through {
                true => waiter.wake(through, seen),
                false => one_waits |= waiter.news.is_none(),
            }
        }
        one_waits
    })
}

/// How far the log holds nothing new for any of those who wait for these workstations; none if nobody does.
pub fn read_by_all<'a>(workstations: impl IntoIterator<Item = &'a str>) -> Option<i64> {
    WAITING.with_borrow(|waiting| {
        let of_workstation = |id| waiting.waiters.get(id).into_iter().flatten();
        workstations.into_iter().flat_map(of_workstation).map(|waiter| waiter.cursor).min()
    })
}

/// The workstations that are waited for.
pub fn workstations() -> Vec<String> {
    WAITING.with_borrow(|waiting| waiting.waiters.keys().cloned().collect())
}

/// Whether anybody waits for a workstation's events.
pub fn is_waited_for(workstation_id: &str) -> bool {
    WAITING.with_borrow(|waiting| waiting.waiters.contains_key(workstation_id))
}

/// Whether nobody waits.
pub fn is_empty() -> bool {
    WAITING.with_borrow(|waiting| waiting.waiters.is_empty())
}

/// Begins a look at the log for all who wait, and tells from which event on. Whoever takes a place before its end, and has not
/// read as far as it begins, is not among those it is for: the place is woken to look for itself.
pub fn begin_look() -> i64 {
    WAITING.with_borrow_mut(|waiting| {
        let cursors = waiting.waiters.values().flatten().map(|waiter| waiter.cursor);
        waiting.seen = waiting.seen.or_else(|| cursors.min());
        waiting.seen.unwrap_or(i64::MAX)
    })
}

/// Notes that a look for all has dealt with all events up to `head`. One that began when nobody waited was for nobody: who has come
/// since may have read less than it passed by.
pub fn note_seen(head: i64) {
    WAITING.with_borrow_mut(|waiting| waiting.seen = waiting.seen.map(|seen| seen.max(head)));
}

/// Notes that the pump rests, and deals with nothing until it starts anew.
pub fn note_rest() {
    WAITING.with_borrow_mut(|waiting| waiting.seen = None);
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
        let (mut one, mut other) = (Place::take("one", 5), Place::take("other", 5));
        wake("one", 6);
        wake("one", 6);
        assert!(is_woken(&mut one) && !is_woken(&mut other));
        assert!(!is_woken(&mut one));
        drop((one, other));
        assert!(workstations().is_empty() && is_empty());
    }

    #[test]
    fn who_has_read_so_far_goes_on_waiting() {
        let (mut behind, mut ahead) = (Place::take("one", 5), Place::take("one", 7));
        assert!(wake("one", 6), "one goes on waiting");
        assert!(is_woken(&mut behind) && !is_woken(&mut ahead));
        assert!(!wake("one", 8) && !wake("nobody", 8));
    }

    #[test]
    fn who_comes_late_looks_again() {
        let mut early = Place::take("one", 5);
        assert_eq!(begin_look(), 5);
        note_seen(7);
        let (mut late, mut current) = (Place::take("one", 6), Place::take("one", 7));
        assert!(is_woken(&mut late) && !is_woken(&mut current) && !is_woken(&mut early));
        late.note_read(6);
        assert!(is_woken(&mut late), "it has read too little again");
        wake("one", 8);
        current.note_read(8);
        assert!(!is_woken(&mut current), "it has read that meanwhile");
    }

    #[test]
    fn what_was_passed_by_holds_nothing_for_those_who_slept() {
        let (mut one, other) = (Place::take("one", 5), Place::take("other", 5));
        assert_eq!(begin_look(), 5);
        wake("one", 6);
        note_seen(7);
        assert_eq!((one.cursor(), other.cursor()), (5, 7));
        assert_eq!(one.woken().now_or_never(), Some(5), "not beyond what it is woken for");
        assert_eq!((read_by_all(["one", "other"]), read_by_all(["nobody"])), (Some(5), None));
    }

    #[test]
    fn who_comes_during_the_first_look_is_not_lifted_over_what_it_has_not_read() {
        let other = Place::take("other", 6);
        assert_eq!(begin_look(), 6);
        let mut late = Place::take("late", 5);
        note_seen(6);
        assert_eq!(late.woken().now_or_never(), Some(5), "it looks for itself");
        assert_eq!(other.cursor(), 6);
    }

    #[test]
    fn who_comes_during_a_look_that_nobody_waited_for_is_not_lifted_over_what_it_has_not_read() {
        assert_eq!(begin_look(), i64::MAX);
        let mut late = Place::take("late", 5);
        note_seen(7);
        assert_eq!(late.cursor(), 5);
        wake("late", 6);
        assert_eq!(late.woken().now_or_never(), Some(5), "it looks for itself");
    }

    #[test]
    fn a_place_is_enlisted_for_as_long_as_it_waits() {
        let mut place = Place::take("one", 5);
        let time = place.must_enlist(Duration::from_secs(14)).expect("it is not enlisted yet");
        assert!(time >= Duration::from_secs(14));
        assert!(place.must_enlist(Duration::from_secs(14)).is_none());
        assert!(place.must_enlist(Duration::from_secs(60)).is_some_and(|time| time >= Duration::from_secs(60)));
        wake("one", 6);
        assert!(is_woken(&mut place) && place.must_enlist(Duration::from_secs(1)).is_some());
    }
}
