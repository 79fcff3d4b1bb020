//! How many requests of each user wait in this instance, and how many of them all instances together have room for: what `share`
//! notes in the database, and what it learns there.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use crate::store::Room;

/// For how long an instance keeps a place that nobody waits in any more: who has been answered comes back at once. A user who takes
/// many of the places gets it back at once, too.
const LINGER: Duration = Duration::from_millis(300);

/// A place among a user's requests that wait.
struct Place {
    number: u64,
    /// Who wants to know whether there is room for it; none once that is known.
    asks: Option<oneshot::Sender<bool>>,
}

#[derive(Default)]
struct User {
    places: Vec<Place>,
    /// How many are noted in the database.
    noted: usize,
    /// Whether that is to be noted anew, as it counts for a time only.
    is_stale: bool,
    /// Whether all of the user's requests are so many that a place which is left counts.
    is_crowded: bool,
    /// Since when there have been fewer than are noted.
    fewer_since: Option<Instant>,
}

impl User {
    fn must_note(&self, now: Instant) -> bool {
        let has_lingered = self.fewer_since.is_some_and(|since| now.duration_since(since) >= LINGER);
        match self.places.len() {
            waiting if waiting > self.noted => true,
            waiting if waiting < self.noted => self.is_stale || self.is_crowded || has_lingered,
            _ => self.is_stale,
        }
    }

    /// Answers those up to `newest` that ask: the first `room` places are taken, the others aren't there.
    fn admit(&mut self, newest: u64, room: usize) {
        for (index, place) in self.places.iter_mut().enumerate() {
            if place.number <= newest
                && let Some(asks) = place.asks.take()
            {
                // Whoever asked may have gone.
                _ = asks.send(index < room);
            }
        }
    }
}

/// What is to be noted of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The user.
    pub user: String,
    /// How many requests wait.
    pub count: usize,
    /// The newest of them.
    newest: u64,
}

/// The requests that wait in this instance.
#[derive(Default)]
pub struct Shares {
    users: HashMap<String, User>,
    /// Whose requests are not as they are noted.
    changed: HashSet<String>,
    next_number: u64,
}

impl Shares {
    /// Takes a place: its number, and what tells whether there is room for it. None if there is none even here.
    pub fn take(&mut self, user: &str, limit: usize) -> Option<(u64, oneshot::Receiver<bool>)> {
        let (number, (sender, receiver)) = (self.next_number, oneshot::channel());
        let entry = self.users.entry(user.to_owned()).or_default();
        if entry.places.len() >= limit {
            return None;
        }
        self.next_number += 1;
        entry.places.push(Place { number, asks: Some(sender) });
        if entry.places.len() <= entry.noted {
            // In the place of one that has been left.
            entry.admit(number, usize::MAX);
        }
        self.note_change(user);
        Some((number, receiver))
    }

    /// Leaves a place.
    pub fn leave(&mut self, user: &str, number: u64) {
        if let Some(entry) = self.users.get_mut(user) {
            entry.places.retain(|place| place.number != number);
        }
        self.note_change(user);
    }

    /// Has everything noted anew.
    pub fn renew(&mut self) {
        for (name, user) in &mut self.users {
            user.is_stale = true;
            self.changed.insert(name.clone());
        }
    }

    /// Whether everything is as it is noted.
    pub fn is_settled(&self) -> bool {
        self.changed.is_empty()
    }

    /// What is to be noted now.
    pub fn due(&self, now: Instant) -> Vec<Note> {
        let users = self.changed.iter().filter_map(|name| Some((name, self.users.get(name)?)));
        let due = users.filter(|(_, user)| user.must_note(now));
        due.map(|(name, user)| {
            let newest = user.places.last().map_or(0, |place| place.number);
            Note { user: name.clone(), count: user.places.len(), newest }
        })
        .collect()
    }

    /// Takes in that this has been noted, and what there is room for; of who isn't named that can't be known, and all are let in.
    /// Who has come meanwhile goes on asking.
    pub fn settle(&mut self, notes: &[Note], rooms: &[Room], limit: usize) {
        let rooms: HashMap<_, _> = rooms.iter().map(|room| (room.user.as_str(), room)).collect();
        for note in notes {
            let user = self.users.entry(note.user.clone()).or_default();
            let room = rooms.get(note.user.as_str());
            (user.noted, user.is_stale) = (room.map_or(note.count, |room| room.count), false);
            user.is_crowded = room.is_some_and(|room| room.of_all > limit / 2);
            user.admit(note.newest, room.map_or(usize::MAX, |room| room.count));
            self.note_change(&note.user);
        }
    }

    fn note_change(&mut self, name: &str) {
        let Some(user) = self.users.get_mut(name) else { return };
        let (waiting, noted) = (user.places.len(), user.noted);
        user.fewer_since = if waiting < noted { user.fewer_since.or_else(|| Some(Instant::now())) } else { None };
        if waiting == noted && !user.is_stale {
            self.changed.remove(name);
        } else {
            self.changed.insert(name.to_owned());
        }
        if waiting == 0 && noted == 0 {
            self.users.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 10;

    /// Notes what is due in a database in which others have this many places; gives how much was noted.
    fn note(shares: &mut Shares, of_others: usize, now: Instant) -> usize {
        let notes = shares.due(now);
        let room = |note: &Note| {
            let count = note.count.min(LIMIT.saturating_sub(of_others));
            Room { user: note.user.clone(), count, of_all: count + of_others }
        };
        shares.settle(&notes, &notes.iter().map(room).collect::<Vec<_>>(), LIMIT);
        notes.len()
    }

    fn take(shares: &mut Shares, count: usize) -> Vec<(u64, oneshot::Receiver<bool>)> {
        (0..count).map(|_| shares.take("alice", LIMIT).expect("a place")).collect()
    }

    fn answers(asked: &mut [(u64, oneshot::Receiver<bool>)]) -> Vec<Option<bool>> {
        asked.iter_mut().map(|(_, answer)| answer.try_recv().expect("an answer is on its way")).collect()
    }

    #[test]
    fn as_many_are_let_in_as_others_leave_room_for() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        let mut asked = take(&mut shares, 4);
        assert_eq!(answers(&mut asked), [None; 4]);
        assert_eq!(note(&mut shares, 7, now), 1);
        assert_eq!(answers(&mut asked), [Some(true), Some(true), Some(true), Some(false)]);
        shares.leave("alice", asked[3].0);
        assert!(shares.is_settled(), "who was refused isn't noted");
        assert!(shares.take("bob", LIMIT).is_some() && !shares.is_settled());
    }

    #[test]
    fn no_more_than_the_limit_even_ask() {
        let mut shares = Shares::default();
        let asked = take(&mut shares, LIMIT);
        assert!(shares.take("alice", LIMIT).is_none());
        shares.leave("alice", asked[0].0);
        assert!(shares.take("alice", LIMIT).is_some());
    }

    #[test]
    fn who_comes_while_it_is_noted_goes_on_asking() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        let mut early = take(&mut shares, 1);
        let notes = shares.due(now);
        let mut late = take(&mut shares, 1);
        shares.settle(&notes, &[Room { user: "alice".to_owned(), count: 1, of_all: LIMIT }], LIMIT);
        assert_eq!((answers(&mut early), answers(&mut late)), (vec![Some(true)], vec![None]));
        assert_eq!(note(&mut shares, LIMIT - 1, now), 1);
        assert_eq!(answers(&mut late), [Some(false)]);
    }

    #[test]
    fn who_comes_back_at_once_costs_nothing() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        let asked = take(&mut shares, 1);
        note(&mut shares, 0, now);
        shares.leave("alice", asked[0].0);
        assert_eq!(note(&mut shares, 0, now), 0);
        let mut again = take(&mut shares, 1);
        assert_eq!(answers(&mut again), [Some(true)]);
        assert!(shares.is_settled());
    }

    #[test]
    fn a_place_that_is_left_is_given_back_later_or_where_they_are_few_at_once() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        for (of_others, given_back) in [(0, 0), (LIMIT - 2, 1)] {
            let asked = take(&mut shares, 1);
            note(&mut shares, of_others, now);
            shares.leave("alice", asked[0].0);
            assert_eq!(note(&mut shares, of_others, now), given_back);
            note(&mut shares, of_others, Instant::now() + LINGER);
            assert!(shares.is_settled() && shares.users.is_empty());
        }
    }

    #[test]
    fn who_leaves_while_it_is_noted_is_not_forgotten() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        let asked = take(&mut shares, 1);
        let notes = shares.due(now);
        shares.leave("alice", asked[0].0);
        shares.settle(&notes, &[Room { user: "alice".to_owned(), count: 1, of_all: 1 }], LIMIT);
        assert_eq!(note(&mut shares, 0, Instant::now() + LINGER), 1);
        assert!(shares.is_settled());
    }

    #[test]
    fn what_is_noted_is_renewed_and_the_unknown_is_let_in() {
        let (mut shares, now) = (Shares::default(), Instant::now());
        let mut asked = take(&mut shares, 2);
        shares.settle(&shares.due(now), &[], LIMIT);
        assert_eq!(answers(&mut asked), [Some(true), Some(true)]);
        assert!(shares.is_settled());
        shares.renew();
        assert_eq!(note(&mut shares, 0, now), 1);
        assert!(shares.is_settled());
    }
}
