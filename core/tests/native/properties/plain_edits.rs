//! What concerns nobody else is done by a statement of its own: it has to come to what the one for all edits comes to.

use proptest::prelude::*;
use proptest::sample::Index;

use super::SEED;
use super::command::USERS;
use crate::store::{Answer, Ask, Seat, Store, Terms};

const PARTS: [&str; 2] = ["F1", "F2"];

#[derive(Clone, Debug)]
enum Step {
    Acquire {
        user: usize,
        part: usize,
        object: Option<&'static str>,
        revision: Option<&'static str>,
        scope: &'static str,
    },
    Renew {
        user: usize,
        which: Index,
        ttl: Option<i64>,
    },
    Release {
        user: usize,
        which: Index,
        revision: Option<&'static str>,
    },
    Ask {
        user: usize,
        which: Index,
    },
    Expire {
        which: Index,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let user = || 0..USERS.len();
    let object = proptest::option::weighted(0.2, Just("hole"));
    let revision = || proptest::option::weighted(0.2, prop_oneof![Just("A"), Just("B")]);
    let scope = prop_oneof![6 => Just("item"), 1 => Just("tree")];
    prop_oneof![
        6 => (user(), 0..PARTS.len(), object, revision(), scope).prop_map(|(user, part, object, revision, scope)| {
            let object = object.filter(|_| scope == "item");
            Step::Acquire { user, part, object, revision, scope }
        }),
        2 => (user(), any::<Index>(), proptest::option::of(60..900_i64))
            .prop_map(|(user, which, ttl)| Step::Renew { user, which, ttl }),
        6 => (user(), any::<Index>(), revision()).prop_map(|(user, which, revision)| Step::Release { user, which, revision }),
        1 => (user(), any::<Index>()).prop_map(|(user, which)| Step::Ask { user, which }),
        1 => any::<Index>().prop_map(|which| Step::Expire { which }),
    ]
}

/// One of two databases to which the same is done.
struct Twin {
    store: Store,
    seats: Vec<Seat>,
    sessions: Vec<(usize, String)>,
}

impl Twin {
    fn new() -> Self {
        let store = Store::new();
        let seats = USERS.iter().map(|user| store.register(user, user)).collect();
        Self { store, seats, sessions: Vec::new() }
    }

    fn take(&mut self, step: &Step) -> Option<Answer> {
        Some(match step {
            Step::Acquire { user, part, object, revision, scope } => {
                let terms = Terms { level: "part", ttl: 600, note: None, revision: *revision };
                let answer = self.store.acquire_scope(&self.seats[*user], (PARTS[*part], *object, scope), &terms);
                if let Answer::Made(id) = &answer {
                    self.sessions.push((*part, id.clone()));
                }
                answer
            }
            Step::Renew { user, which, ttl } => {
                let (part, id) = self.session(*which)?;
                self.store.renew(USERS[*user], PARTS[part], &id, *ttl)
            }
            Step::Release { user, which, revision } => {
                let (part, id) = self.session(*which)?;
                self.store.release_at(USERS[*user], PARTS[part], &id, *revision)
            }
            Step::Ask { user, which } => {
                let (part, id) = self.session(*which)?;
                self.store.ask(Ask {
                    user: USERS[*user],
                    part_number: PARTS[part],
                    session_id: &id,
                    workstation_id: Some(&self.seats[*user].id),
                    auto_acquire: Some(true),
                    whole_item: false,
                    message: "",
                })
            }
            Step::Expire { which } => {
                let (_, id) = self.session(*which)?;
                let past =
                    "UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ? AND ended_at IS NULL";
                self.store.raw().execute(past, [&id]).expect("expires_at can be rewritten");
                Answer::Done
            }
        })
    }

    fn session(&self, which: Index) -> Option<(usize, String)> {
        (!self.sessions.is_empty()).then(|| which.get(&self.sessions).clone())
    }

    /// All that it holds, without what differs between any two: ids, times, and which way was taken.
    fn contents(&self) -> Vec<String> {
        self.store.raw().execute("UPDATE sessions SET consequences = NULL", []).expect("a column");
        self.store.dump().iter().map(|row| masked(row)).collect()
    }
}

/// A text without the digits of ids and times in it.
fn masked(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_hexdigit() || "-:.TZ".contains(c);
    let mut masked = String::new();
    for word in text.split_inclusive(|c| !is_word(c)) {
        let end = word.trim_end_matches(|c| !is_word(c));
        masked.push_str(if end.len() >= 24 { "…" } else { end });
        masked.push_str(&word[end.len()..]);
    }
    masked
}

fn of(answer: Option<&Answer>) -> String {
    masked(&format!("{answer:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_plain_edit_comes_to_what_an_edit_comes_to(steps in proptest::collection::vec(step(), 1..24)) {
        let (mut plain, mut full) = (Twin::new(), Twin::new());
        full.store.edit_in_full();
        for step in &steps {
            let (one, other) = (plain.take(step), full.take(step));
            prop_assert_eq!(of(one.as_ref()), of(other.as_ref()), "{:?}", step);
        }
        prop_assert_eq!(plain.contents(), full.contents());
    }
}

#[test]
fn what_concerns_nobody_else_is_a_plain_edit() {
    let mut twin = Twin::new();
    let acquire = Step::Acquire { user: 0, part: 0, object: None, revision: None, scope: "item" };
    twin.take(&acquire);
    let (_, id) = twin.sessions[0].clone();
    twin.store.renew(USERS[0], PARTS[0], &id, None);
    twin.store.release_at(USERS[0], PARTS[0], &id, Some("A"));
    twin.take(&acquire);
    assert_eq!(twin.store.plain_edits(), 4);
    twin.take(&Step::Acquire { user: 1, part: 0, object: None, revision: None, scope: "item" });
    assert_eq!(twin.store.plain_edits(), 4, "it is held");
    let (_, id) = twin.sessions[1].clone();
    let ask = Ask {
        user: USERS[1],
        part_number: PARTS[0],
        session_id: &id,
        workstation_id: None,
        auto_acquire: None,
        whole_item: false,
        message: "",
    };
    twin.store.ask(ask);
    twin.store.renew(USERS[0], PARTS[0], &id, None);
    assert_eq!(twin.store.plain_edits(), 5, "a request that isn't in line is for the holder to answer");
    twin.store.release(USERS[0], PARTS[0], &id);
    assert_eq!(twin.store.plain_edits(), 5, "and is superseded when the session ends");
}
