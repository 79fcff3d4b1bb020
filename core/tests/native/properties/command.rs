//! Random commands.

use proptest::prelude::*;
use proptest::sample::Index;

pub const USERS: [&str; 3] = ["anna", "ben", "cleo"];

/// Whose each place for a workstation is.
pub const PLACES: [&str; 4] = ["anna", "anna", "ben", "cleo"];
pub const PARTS: [&str; 2] = ["F1", "F2"];
pub const OBJECTS: [Option<&str>; 3] = [None, Some("bore"), Some("rib")];
pub const NOTES: [Option<&str>; 3] = [None, Some("new flange"), Some("")];
pub const LEVELS: [&str; 3] = ["sketch", "part", "assembly"];

/// Something that happens. Where `user` is none, whoever it concerns acts.
#[derive(Clone, Debug)]
pub enum Command {
    Acquire(Acquire),
    AcquireMany { place: usize, user: Option<&'static str>, parts: Vec<&'static str>, is_atomic: bool },
    Renew { session: Pick, user: Option<&'static str>, ttl: Option<i64>, note: Option<&'static str> },
    Release { session: Pick, user: Option<&'static str> },
    Give { session: Pick, user: Option<&'static str>, place: usize },
    Ask { place: usize, session: Pick, names_workstation: bool, auto_acquire: Option<bool>, whole_item: bool },
    Answer { request: Pick, user: Option<&'static str>, accepted: bool },
    Cancel { request: Pick, user: Option<&'static str> },
    Replace { place: usize },
    Subscribe { place: usize, part: &'static str },
    Unsubscribe { place: usize, part: &'static str },
    LetExpire { session: Pick },
    LetLie { session: Pick },
    TellStale,
    GoAway { place: usize },
    ComeBack { place: usize },
    ExpireAll,
    Prune { batch: usize },
}

/// Acquiring a scope at a place.
#[derive(Clone, Debug)]
pub struct Acquire {
    pub place: usize,
    pub user: Option<&'static str>,
    pub part: &'static str,
    pub object: Option<&'static str>,
    pub level: &'static str,
    pub ttl: i64,
    pub note: Option<&'static str>,
}

/// One of the sessions or requests: of those that aren't over, or of all.
#[derive(Clone, Debug)]
pub struct Pick {
    pub index: Index,
    pub open_only: bool,
}

impl Pick {
    /// The one that is meant; none if there is none.
    pub fn of<T: Clone>(&self, all: &[T], is_open: impl Fn(&T) -> bool) -> Option<T> {
        let found: Vec<_> = all.iter().filter(|one| !self.open_only || is_open(one)).collect();
        (!found.is_empty()).then(|| (*self.index.get(&found)).clone())
    }
}

/// A sequence of commands, some of which begin where somebody holds several scopes and others stand in line for each.
pub fn commands(length_max: usize) -> impl Strategy<Value = Vec<Command>> {
    let scene = prop_oneof![Just(Vec::new()), crowd()];
    (scene, prop::collection::vec(command(), 1..=length_max)).prop_map(|(scene, rest)| [scene, rest].concat())
}

fn crowd() -> impl Strategy<Value = Vec<Command>> {
    let asks = prop::collection::vec((place(), any::<Index>()), 2..6);
    (place(), Just(OBJECTS.to_vec()).prop_shuffle(), asks).prop_map(|(place, objects, asks)| {
        let hold =
            |object| Acquire { place, user: None, part: PARTS[0], object, level: LEVELS[0], ttl: 600, note: None };
        let stand = |(place, index)| {
            let session = Pick { index, open_only: true };
            Command::Ask { place, session, names_workstation: true, auto_acquire: Some(true), whole_item: false }
        };
        objects.into_iter().map(|object| Command::Acquire(hold(object))).chain(asks.into_iter().map(stand)).collect()
    })
}

/// Any command. Those that build up and tear down a line are the likeliest.
pub fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => acquire(),
        4 => (place(), user(), prop::sample::subsequence(vec!["F3", PARTS[1], PARTS[0]], 1..=3), any::<bool>()).prop_map(
            |(place, user, parts, is_atomic)| Command::AcquireMany { place, user, parts, is_atomic }
        ),
        1 => (pick(), user(), prop::option::of(ttl()), note()).prop_map(|(session, user, ttl, note)| {
            Command::Renew { session, user, ttl, note }
        }),
        4 => (pick(), user()).prop_map(|(session, user)| Command::Release { session, user }),
        3 => (pick(), user(), place()).prop_map(|(session, user, place)| Command::Give { session, user, place }),
        9 => ask(),
        3 => (pick(), user(), any::<bool>()).prop_map(|(request, user, accepted)| {
            Command::Answer { request, user, accepted }
        }),
        1 => (pick(), user()).prop_map(|(request, user)| Command::Cancel { request, user }),
        1 => place().prop_map(|place| Command::Replace { place }),
        1 => (place(), watched()).prop_map(|(place, part)| Command::Subscribe { place, part }),
        1 => (place(), watched()).prop_map(|(place, part)| Command::Unsubscribe { place, part }),
        3 => pick().prop_map(|session| Command::LetExpire { session }),
        1 => pick().prop_map(|session| Command::LetLie { session }),
        1 => Just(Command::TellStale),
        2 => place().prop_map(|place| Command::GoAway { place }),
        1 => place().prop_map(|place| Command::ComeBack { place }),
        2 => Just(Command::ExpireAll),
        1 => (1..20_usize).prop_map(|batch| Command::Prune { batch }),
    ]
}

fn acquire() -> impl Strategy<Value = Command> {
    let scope = (part(), prop::sample::select(&OBJECTS[..]), prop::sample::select(&LEVELS[..]));
    (place(), user(), scope, ttl(), note()).prop_map(|(place, user, (part, object, level), ttl, note)| {
        Command::Acquire(Acquire { place, user, part, object, level, ttl, note })
    })
}

/// The handler refuses to let anyone stand in line without a workstation.
fn ask() -> impl Strategy<Value = Command> {
    let with = (place(), pick(), prop::option::weighted(0.8, prop::bool::weighted(0.8)), prop::bool::weighted(0.2));
    let without = (place(), pick(), prop::option::of(Just(false)), prop::bool::weighted(0.2));
    prop_oneof![
        5 => with.prop_map(|(place, session, auto_acquire, whole_item)| {
            Command::Ask { place, session, names_workstation: true, auto_acquire, whole_item }
        }),
        1 => without.prop_map(|(place, session, auto_acquire, whole_item)| {
            Command::Ask { place, session, names_workstation: false, auto_acquire, whole_item }
        }),
    ]
}

fn pick() -> impl Strategy<Value = Pick> {
    (any::<Index>(), prop::bool::weighted(0.9)).prop_map(|(index, open_only)| Pick { index, open_only })
}

fn user() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::weighted(0.1, prop::sample::select(&USERS[..]))
}

fn place() -> impl Strategy<Value = usize> {
    0..PLACES.len()
}

fn part() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(PARTS[0]), 1 => Just(PARTS[1])]
}

/// An item, or a pattern.
fn watched() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => part(), 1 => prop::sample::select(&["*", "F*", "F1*", "F12*"][..])]
}

fn note() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(&NOTES[..])
}

fn ttl() -> impl Strategy<Value = i64> {
    60..9_000_i64
}
