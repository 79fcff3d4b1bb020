//! Random assemblies, and sessions, batches and lines on them, by several users: what must hold is said here once more, from the
//! tables alone, by sets of parts instead of by views.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use super::SEED;
use crate::store::{Answer, Ask, Seat, Store, Terms};

const PARTS: [&str; 7] = ["A", "B", "C", "D", "E", "F", "G"];
const PLACES: [&str; 4] = ["anna", "anna", "ben", "cleo"];
const LENGTH_MAX: usize = 40;
const TERMS: Terms<'_> = Terms { level: "part", ttl: 600, note: None, revision: None };

/// What the parts are made of to begin with, so that there is something to take: two share a part, and a third one has one of theirs.
const STRUCTURE: [(&str, &[&str]); 4] = [("A", &["B", "C"]), ("B", &["D"]), ("C", &["D", "E"]), ("F", &["D", "G"])];

/// Something that happens.
#[derive(Clone, Debug)]
enum Command {
    Link { parent: usize, children: Vec<&'static str> },
    Acquire { place: usize, part: usize, object: Option<&'static str>, scope: &'static str },
    Batch { place: usize, parts: Vec<&'static str>, is_atomic: bool },
    Release(Index),
    Give { session: Index, place: usize },
    Ask { session: Index, place: usize, line: bool },
    Answer { request: Index, accepted: bool },
    Cancel(Index),
    LetExpire(Index),
    GoAway(usize),
    ComeBack(usize),
    ExpireAll,
}

fn command() -> impl Strategy<Value = Command> {
    let (place, part) = (0..PLACES.len(), 0..PARTS.len());
    let scope = prop::sample::select(&["item", "tree", "tree"][..]);
    let object = prop::sample::select(&[None, None, Some("bore"), Some("rib")][..]);
    let acquire = (place.clone(), part.clone(), object, scope).prop_map(|(place, part, object, scope)| {
        let object = object.filter(|_| scope == "item");
        Command::Acquire { place, part, object, scope }
    });
    let session = any::<Index>;
    prop_oneof![
        5 => (part, prop::sample::subsequence(&PARTS[..], 0..=3)).prop_map(|(parent, children)| Command::Link { parent, children }),
        9 => acquire,
        3 => (place.clone(), prop::sample::subsequence(&PARTS[..], 1..=3), any::<bool>())
            .prop_map(|(place, parts, is_atomic)| Command::Batch { place, parts, is_atomic }),
        5 => session().prop_map(Command::Release),
        2 => (session(), place.clone()).prop_map(|(session, place)| Command::Give { session, place }),
        8 => (session(), place.clone(), prop::bool::weighted(0.8))
            .prop_map(|(session, place, line)| Command::Ask { session, place, line }),
        2 => (session(), any::<bool>()).prop_map(|(request, accepted)| Command::Answer { request, accepted }),
        1 => session().prop_map(Command::Cancel),
        3 => session().prop_map(Command::LetExpire),
        2 => place.clone().prop_map(Command::GoAway),
        2 => place.prop_map(Command::ComeBack),
        2 => Just(Command::ExpireAll),
    ]
}

/// A part, an object in it, or a part and all that it is made of.
#[derive(Clone, Debug, PartialEq)]
struct Scope {
    part: String,
    object: Option<String>,
    is_tree: bool,
}

impl Scope {
    /// The first three columns of a row.
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { part: row.get(0)?, object: row.get(1)?, is_tree: row.get::<_, String>(2)? == "tree" })
    }
}

#[derive(Clone, Debug)]
struct Held {
    id: String,
    user: String,
    workstation: String,
    scope: Scope,
    fence: i64,
    origin: String,
    is_active: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    id: String,
    requester: String,
    holder: String,
    workstation: Option<String>,
    scope: Scope,
    place: Option<i64>,
    is_absent: bool,
    granted: Option<String>,
    is_pending: bool,
}

/// What the tables say.
struct Tables {
    children: BTreeMap<String, BTreeSet<String>>,
    fences: BTreeMap<String, i64>,
    held: Vec<Held>,
    waiting: Vec<Waiting>,
    /// Which parts each session covers, as it is materialized.
    covered: BTreeSet<(String, String)>,
    is_due: bool,
}

impl Tables {
    fn of(store: &Store) -> Self {
        let mut children = BTreeMap::<String, BTreeSet<String>>::new();
        let links = "SELECT p.part_number, c.part_number FROM item_children l JOIN items p ON p.id = l.parent
                     JOIN items c ON c.id = l.child";
        for (parent, child) in store.rows(links, |row| Ok((row.get(0)?, row.get(1)?))) {
            children.entry(parent).or_default().insert(child);
        }
        let held = "SELECT i.part_number, s.object_id, s.scope, s.id, s.user, s.workstation_id, s.fence, s.origin,
                           s.expires_at > (SELECT now FROM clock)
                    FROM sessions s JOIN items i ON i.id = s.item_id WHERE s.ended_at IS NULL ORDER BY s.seq";
        let waiting =
            "SELECT i.part_number, r.object_id, r.scope, r.id, r.requester, r.holder, r.workstation_id, r.place,
                              r.is_absent, r.granted_session_id, r.status = 'pending'
                       FROM handoff_requests r JOIN items i ON i.id = r.item_id ORDER BY r.seq";
        let covered = "SELECT s.id, i.part_number FROM tree_holds h JOIN sessions s ON s.seq = h.session_seq
                       JOIN items i ON i.id = h.item_id";
        Self {
            children,
            fences: store
                .rows("SELECT part_number, fence FROM items", |row| Ok((row.get(0)?, row.get(1)?)))
                .into_iter()
                .collect(),
            held: store.rows(held, |row| {
                Ok(Held {
                    scope: Scope::of(row)?,
                    id: row.get(3)?,
                    user: row.get(4)?,
                    workstation: row.get(5)?,
                    fence: row.get(6)?,
                    origin: row.get(7)?,
                    is_active: row.get(8)?,
                })
            }),
            waiting: store.rows(waiting, |row| {
                Ok(Waiting {
                    scope: Scope::of(row)?,
                    id: row.get(3)?,
                    requester: row.get(4)?,
                    holder: row.get(5)?,
                    workstation: row.get(6)?,
                    place: row.get(7)?,
                    is_absent: row.get(8)?,
                    granted: row.get(9)?,
                    is_pending: row.get(10)?,
                })
            }),
            covered: store.rows(covered, |row| Ok((row.get(0)?, row.get(1)?))).into_iter().collect(),
            is_due: store.value("SELECT EXISTS (SELECT 1 FROM due)"),
        }
    }

    fn active(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.is_active)
    }

    /// All that a part is made of, and itself.
    fn tree(&self, part: &str) -> BTreeSet<String> {
        let (mut found, mut left) = (BTreeSet::from([part.to_owned()]), vec![part.to_owned()]);
        while let Some(next) = left.pop() {
            for child in self.children.get(&next).into_iter().flatten() {
                if found.insert(child.clone()) {
                    left.push(child.clone());
                }
            }
        }
        found
    }

    fn reach(&self, scope: &Scope) -> BTreeSet<String> {
        if scope.is_tree { self.tree(&scope.part) } else { BTreeSet::from([scope.part.clone()]) }
    }

    /// Whether only one of two workstations can hold these.
    fn overlap(&self, one: &Scope, other: &Scope) -> bool {
        let is_apart = one.object.is_some() && other.object.is_some() && one.object != other.object;
        !is_apart && !self.reach(one).is_disjoint(&self.reach(other))
    }

    /// Who is there and stands in line before `place`, at another workstation.
    fn before(&self, workstation: &str, scope: &Scope, place: Option<i64>) -> Option<&Waiting> {
        self.waiting.iter().find(|other| {
            let is_earlier = other.place.is_some_and(|own| place.is_none_or(|place| own < place));
            is_earlier
                && !other.is_absent
                && other.workstation.as_deref().is_some_and(|own| own != workstation)
                && self.overlap(&other.scope, scope)
        })
    }

    fn in_the_way(&self, workstation: &str, scope: &Scope) -> Option<&Held> {
        self.active().find(|held| {
            if held.workstation == workstation { held.scope == *scope } else { self.overlap(&held.scope, scope) }
        })
    }
}

/// What holds of the tables, whatever has happened.
fn check(before: &Tables, after: &Tables) {
    let active: Vec<_> = after.active().collect();
    for (index, one) in active.iter().enumerate() {
        for other in &active[index + 1..] {
            let is_conflict = one.workstation != other.workstation && after.overlap(&one.scope, &other.scope);
            assert!(!is_conflict, "{one:?} conflicts with {other:?}");
        }
    }
    for (parent, children) in &after.children {
        assert!(children.iter().all(|child| !after.tree(child).contains(parent)), "{parent} is made of itself");
    }
    let covered = after.held.iter().filter(|held| held.scope.is_tree).flat_map(|held| {
        let below = after.tree(&held.scope.part).into_iter().filter(|part| *part != held.scope.part);
        below.map(|part| (held.id.clone(), part))
    });
    assert_eq!(covered.collect::<BTreeSet<_>>(), after.covered);
    for (part, fence) in &before.fences {
        assert!(after.fences[part] >= *fence, "{part}'s fence");
    }
    for session in after.held.iter().filter(|session| before.held.iter().all(|old| old.id != session.id)) {
        check_new(before, after, session);
    }
    if !after.is_due {
        after.waiting.iter().filter(|request| request.place.is_some() && !request.is_absent).for_each(|request| {
            let workstation = request.workstation.as_deref().expect("a place is a workstation's");
            let has_to = after.in_the_way(workstation, &request.scope).is_some()
                || after.before(workstation, &request.scope, request.place).is_some();
            assert!(has_to, "nothing is in the way of {request:?}");
        });
    }
}

/// A new session has a fence that nobody had before on what it covers, and passes nobody over who is there.
fn check_new(before: &Tables, after: &Tables, session: &Held) {
    for part in after.reach(&session.scope) {
        let fence = before.fences.get(&part).copied().unwrap_or(0);
        assert!(fence < session.fence && session.fence <= after.fences[&part], "{part}: {fence}, {session:?}");
    }
    if session.origin == "transferred" {
        return;
    }
    let granted = after.waiting.iter().position(|request| request.granted.as_ref() == Some(&session.id));
    let place = granted.and_then(|index| before.waiting.get(index)).and_then(|request| request.place);
    for request in &after.waiting {
        let was = before.waiting.iter().find(|was| was.id == request.id);
        let has_waited = was.is_some_and(|was| was.place == request.place);
        let is_earlier = request.place.is_some_and(|own| place.is_none_or(|place| own < place));
        let is_other = request.workstation.as_ref().is_some_and(|own| *own != session.workstation);
        let is_passed_over =
            has_waited && is_earlier && is_other && !request.is_absent && after.overlap(&request.scope, &session.scope);
        assert!(!is_passed_over, "{request:?} is passed over by {session:?}");
    }
}

/// The database, and who uses it.
struct Scene {
    store: Store,
    seats: Vec<Seat>,
}

impl Scene {
    fn new() -> Self {
        let store = Store::new();
        let seats =
            PLACES.iter().enumerate().map(|(number, user)| store.register(user, &format!("{user} {number}"))).collect();
        for (part, children) in STRUCTURE {
            assert_eq!(store.set_children("eng", part, children), Answer::Done);
        }
        Self { store, seats }
    }

    fn give(&self, command: &Command, before: &Tables) {
        match command {
            Command::Link { parent, children } => self.link(PARTS[*parent], children, before),
            Command::Acquire { place, part, object, scope } => self.acquire(*place, PARTS[*part], *object, scope),
            Command::Batch { place, parts, is_atomic } => self.batch(&self.seats[*place], parts, *is_atomic, before),
            Command::Release(index) => self.with(index, &before.held, |held| {
                let answer = self.store.release(&held.user, &held.scope.part, &held.id);
                assert!(matches!(answer, Answer::Done | Answer::Gone(_)), "{answer:?}");
            }),
            Command::Give { session, place } => self.with(session, &before.held, |held| {
                self.store.give(&held.user, &held.scope.part, &held.id, &self.seats[*place]);
            }),
            Command::Ask { session, place, line } => self.with(session, &before.held, |held| {
                let Seat { user, id } = &self.seats[*place];
                self.store.ask(Ask {
                    user,
                    part_number: &held.scope.part,
                    session_id: &held.id,
                    workstation_id: Some(id),
                    auto_acquire: Some(*line),
                    whole_item: false,
                    message: "please",
                });
            }),
            Command::Answer { request, accepted } => self.with(request, &pending(before), |asked| {
                if *accepted {
                    self.store.accept(&asked.holder, &asked.id);
                } else {
                    self.store.decline(&asked.holder, &asked.id, None);
                }
            }),
            Command::Cancel(request) => self.with(request, &pending(before), |asked| {
                self.store.cancel(&asked.requester, &asked.id);
            }),
            Command::LetExpire(session) => self.with(session, &before.held, |held| self.store.let_expire(&held.id)),
            Command::GoAway(place) => self.store.let_go_quiet(&self.seats[*place]),
            Command::ComeBack(place) => {
                let seat = &self.seats[*place];
                self.store.heartbeat(&seat.user, seat);
            }
            Command::ExpireAll => assert_eq!(self.store.expire_all(), Answer::Done),
        }
    }

    fn with<T>(&self, index: &Index, all: &[T], act: impl FnOnce(&T)) {
        if !all.is_empty() {
            act(index.get(all));
        }
    }

    /// Refused for a cycle, for a session that would come under a tree, or done: each with a reason.
    fn link(&self, parent: &str, children: &[&str], before: &Tables) {
        let children: Vec<_> = children.iter().copied().filter(|child| *child != parent).collect();
        let is_cycle = children.iter().any(|child| before.tree(child).contains(parent));
        let answer = self.store.set_children("eng", parent, &children);
        let now = Tables::of(&self.store);
        if answer == Answer::Done {
            let wanted: BTreeSet<_> = children.iter().map(|child| (*child).to_owned()).collect();
            assert_eq!(now.children.get(parent).cloned().unwrap_or_default(), wanted);
            return;
        }
        assert_eq!(answer, Answer::Refused(if is_cycle { 422 } else { 409 }));
        assert_eq!(now.children, before.children);
        let is_covered = |held: &&Held| held.scope.is_tree && before.tree(&held.scope.part).contains(parent);
        let comes_under = |tree: &Held| {
            let tree_of = |child: &&str| Scope { part: (*child).to_owned(), object: None, is_tree: true };
            let is_others = |held: &Held| held.workstation != tree.workstation;
            let mut scopes = children.iter().map(tree_of);
            scopes.any(|scope| before.active().any(|held| is_others(held) && before.overlap(&held.scope, &scope)))
        };
        assert!(is_cycle || before.active().filter(is_covered).any(comes_under), "refused for no reason");
    }

    fn acquire(&self, place: usize, part: &str, object: Option<&str>, scope: &str) {
        let seat = &self.seats[place];
        let answer = self.store.acquire_scope(seat, (part, object, scope), &TERMS);
        let wanted = Scope { part: part.to_owned(), object: object.map(str::to_owned), is_tree: scope == "tree" };
        self.check_answer(&answer, seat, &wanted);
    }

    /// Somebody is refused for a session or a request that is in the way, and holds what was granted.
    fn check_answer(&self, answer: &Answer, seat: &Seat, wanted: &Scope) {
        let now = Tables::of(&self.store);
        match answer {
            Answer::Made(id) | Answer::Kept(id) => {
                let is_it = |held: &Held| held.id == *id && held.workstation == seat.id && held.scope == *wanted;
                assert!(now.active().any(is_it), "{wanted:?}: {answer:?}");
            }
            Answer::Held(id) => {
                let is_it =
                    |held: &Held| held.id == *id && held.workstation != seat.id && now.overlap(&held.scope, wanted);
                assert!(now.active().any(is_it), "{wanted:?}: {answer:?}");
            }
            Answer::InLine(id) => {
                let first = now.before(&seat.id, wanted, None);
                let is_it = |other: &Waiting| other.id == *id && now.overlap(&other.scope, wanted);
                assert!(first.is_some() && now.waiting.iter().any(is_it), "{wanted:?}: {answer:?}");
            }
            other => panic!("{wanted:?}: {other:?}"),
        }
    }

    fn batch(&self, seat: &Seat, parts: &[&str], is_atomic: bool, before: &Tables) {
        let answer = self.store.acquire_many(seat, parts, is_atomic, &TERMS);
        let whole = |part: &str| Scope { part: part.to_owned(), object: None, is_tree: false };
        match answer {
            Answer::Parts(each) => {
                parts.iter().zip(&each).for_each(|(part, answer)| self.check_answer(answer, seat, &whole(part)));
                assert!(!is_atomic || !each.iter().any(Answer::is_refusal), "half a batch: {each:?}");
            }
            Answer::Obstacles(_) => {
                let now = Tables::of(&self.store);
                let mut new = now.held.iter().filter(|held| before.held.iter().all(|old| old.id != held.id));
                assert!(is_atomic && new.all(|held| held.origin != "acquired"), "half a batch");
            }
            other => panic!("{other:?}"),
        }
    }
}

fn pending(tables: &Tables) -> Vec<Waiting> {
    tables.waiting.iter().filter(|request| request.is_pending).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn trees_batches_and_lines_keep_to_the_rule(commands in prop::collection::vec(command(), 1..=LENGTH_MAX)) {
        let scene = Scene::new();
        let mut before = Tables::of(&scene.store);
        for command in &commands {
            scene.give(command, &before);
            let after = Tables::of(&scene.store);
            check(&before, &after);
            before = after;
        }
    }
}
