//! Random sequences of commands by several users on few items, against the model and the invariants.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use crate::invariants;
use crate::model::{self, Model};
use crate::store::{Answer, Ask, Seat, Store};

const USERS: [&str; 3] = ["anna", "ben", "cleo"];

/// Whose each place for a workstation is.
const PLACES: [&str; 4] = ["anna", "anna", "ben", "cleo"];
const PARTS: [&str; 2] = ["F1", "F2"];
const OBJECTS: [Option<&str>; 3] = [None, Some("bore"), Some("rib")];
const LEVELS: [&str; 3] = ["sketch", "part", "assembly"];

/// Something that happens. Numbers stand for places, and indices for whatever is there at that moment.
#[derive(Clone, Debug)]
enum Command {
    Acquire { place: usize, as_user: Option<usize>, part: usize, object: usize, level: usize, ttl: i64 },
    Renew { session: Pick, as_user: Option<usize>, ttl: Option<i64> },
    Release { session: Pick, as_user: Option<usize> },
    Ask { place: usize, session: Pick, names_workstation: bool, auto_acquire: Option<bool> },
    Answer { request: Pick, as_user: Option<usize>, accepted: bool },
    Cancel { request: Pick, as_user: Option<usize> },
    Replace { place: usize },
    Subscribe { place: usize, part: usize },
    Unsubscribe { place: usize, part: usize },
    LetExpire { session: Pick },
    ExpireAll,
    Prune { batch: usize },
}

/// One of the sessions or requests: of those that aren't over, or of all.
#[derive(Clone, Debug)]
struct Pick {
    index: Index,
    open_only: bool,
}

fn pick() -> impl Strategy<Value = Pick> {
    let open_only = prop::bool::weighted(0.9);
    (any::<Index>(), open_only).prop_map(|(index, open_only)| Pick { index, open_only })
}

/// Mostly whoever it concerns, sometimes any user.
fn as_user() -> impl Strategy<Value = Option<usize>> {
    prop::option::weighted(0.1, 0..USERS.len())
}

fn command() -> impl Strategy<Value = Command> {
    let (place, part, ttl) = (0..PLACES.len(), 0..PARTS.len(), 60..9_000_i64);
    let acquire = (place.clone(), as_user(), part.clone(), 0..OBJECTS.len(), 0..LEVELS.len(), ttl.clone());
    let ask = (place.clone(), pick(), prop::bool::weighted(0.8), prop::option::weighted(0.7, any::<bool>()));
    prop_oneof![
        8 => acquire.prop_map(|(place, as_user, part, object, level, ttl)| {
            Command::Acquire { place, as_user, part, object, level, ttl }
        }),
        1 => (pick(), as_user(), prop::option::of(ttl)).prop_map(|(session, as_user, ttl)| {
            Command::Renew { session, as_user, ttl }
        }),
        4 => (pick(), as_user()).prop_map(|(session, as_user)| Command::Release { session, as_user }),
        9 => ask.prop_map(|(place, session, names_workstation, auto_acquire)| {
            // The handler refuses the one without the other.
            let auto_acquire = auto_acquire.map(|auto_acquire| auto_acquire && names_workstation);
            Command::Ask { place, session, names_workstation, auto_acquire }
        }),
        3 => (pick(), as_user(), any::<bool>()).prop_map(|(request, as_user, accepted)| {
            Command::Answer { request, as_user, accepted }
        }),
        1 => (pick(), as_user()).prop_map(|(request, as_user)| Command::Cancel { request, as_user }),
        1 => place.clone().prop_map(|place| Command::Replace { place }),
        1 => (place.clone(), part.clone()).prop_map(|(place, part)| Command::Subscribe { place, part }),
        1 => (place, part).prop_map(|(place, part)| Command::Unsubscribe { place, part }),
        3 => pick().prop_map(|session| Command::LetExpire { session }),
        1 => Just(Command::ExpireAll),
        1 => (1..20_usize).prop_map(|batch| Command::Prune { batch }),
    ]
}

/// The database and the model, side by side.
struct Pair {
    store: Store,
    model: RefCell<Model>,
    seats: Vec<(Seat, String)>,
    registered: usize,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self { store: Store::new(), model: RefCell::default(), seats: Vec::new(), registered: 0 };
        for user in PLACES {
            let seat = pair.register(user);
            pair.seats.push(seat);
        }
        pair
    }

    fn register(&mut self, user: &str) -> (Seat, String) {
        self.registered += 1;
        let name = format!("{user} {}", self.registered);
        let seat = self.store.register(user, &name);
        let mut model = self.model.borrow_mut();
        model.begin(self.store.steps(), user, Vec::new());
        model.register(user, &name);
        (seat, name)
    }

    /// Gives a command to both, and compares. False if it ran into a known fault of the schema.
    fn step(&mut self, command: &Command) -> Result<bool, TestCaseError> {
        let (before, dump) = (self.store.world(), self.store.dump());
        let Some((answer, expected)) = self.give(command) else { return Ok(true) };
        if self.model.borrow().fault.is_some() {
            return Ok(false);
        }
        let after = self.store.world();
        prop_assert_eq!(&answer.clone().named(&self.store.names()), &expected);
        prop_assert_eq!(&after, &self.model.borrow().world);
        invariants::check(&self.store, &before, &after);
        let has_expired = before.sessions.iter().zip(&after.sessions).any(|(old, now)| old.end != now.end);
        if answer.is_refusal() && !has_expired {
            prop_assert_eq!(dump, self.store.dump(), "a refused command leaves everything as it was");
        }
        Ok(true)
    }
}
