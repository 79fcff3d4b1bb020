//! What concerns nobody else is done by a statement of its own: it has to come to what the one for all edits comes to.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

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
        which: usize,
        ttl: Option<i64>,
    },
    Release {
        user: usize,
        which: usize,
        revision: Option<&'static str>,
    },
    Ask {
        user: usize,
        which: usize,
        line: Option<bool>,
    },
    Leave {
        user: usize,
    },
    Record,
    Expire {
        which: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (user, which) = (|| 0..USERS.len(), || 0..64_usize);
    let object = proptest::option::weighted(0.2, Just("hole"));
    let revision = || proptest::option::weighted(0.2, prop_oneof![Just("A"), Just("B")]);
    let scope = prop_oneof![6 => Just("item"), 1 => Just("tree")];
    prop_oneof![
        6 => (user(), 0..PARTS.len(), object, revision(), scope).prop_map(|(user, part, object, revision, scope)| {
            let object = object.filter(|_| scope == "item");
            Step::Acquire { user, part, object, revision, scope }
        }),
        2 => (user(), which(), proptest::option::of(60..900_i64))
            .prop_map(|(user, which, ttl)| Step::Renew { user, which, ttl }),
        6 => (user(), which(), revision()).prop_map(|(user, which, revision)| Step::Release { user, which, revision }),
        2 => (user(), which(), any::<Option<bool>>()).prop_map(|(user, which, line)| Step::Ask { user, which, line }),
        1 => user().prop_map(|user| Step::Leave { user }),
        1 => Just(Step::Record),
        1 => which().prop_map(|which| Step::Expire { which }),
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
            Step::Ask { user, which, line } => {
                let (part, id) = self.session(*which)?;
                self.store.ask(Ask {
                    user: USERS[*user],
                    part_number: PARTS[part],
                    session_id: &id,
                    workstation_id: Some(&self.seats[*user].id),
                    auto_acquire: *line,
                    whole_item: false,
                    message: "",
                })
            }
            Step::Leave { user } => {
                self.store.let_go_quiet(&self.seats[*user]);
                Answer::Done
            }
            Step::Record => self.store.expire_all(),
            Step::Expire { which } => {
                let (_, id) = self.session(*which)?;
                let past =
                    "UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ? AND ended_at IS NULL";
                self.store.raw().execute(past, [&id]).expect("expires_at can be rewritten");
                Answer::Done
            }
        })
    }

    fn session(&self, which: usize) -> Option<(usize, String)> {
        let count = self.sessions.len().max(1);
        self.sessions.get(which % count).cloned()
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

/// What both ways come to at the end of these steps is the same.
fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut plain, mut full) = (Twin::new(), Twin::new());
    full.store.change_in_full();
    for step in steps {
        let (one, other) = (plain.take(step), full.take(step));
        prop_assert_eq!(of(one.as_ref()), of(other.as_ref()), "{:?}", step);
    }
    prop_assert_eq!(plain.contents(), full.contents());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_plain_change_comes_to_what_it_comes_to_in_full(steps in proptest::collection::vec(step(), 1..24)) {
        check(&steps)?;
    }
}

fn acquire(user: usize, object: &'static str) -> Step {
    Step::Acquire { user, part: 0, object: Some(object), revision: None, scope: "item" }
}

#[test]
fn who_asks_where_something_is_due_has_it_recorded() {
    let ask = Step::Ask { user: 2, which: 1, line: None };
    check(&[acquire(0, "hole"), acquire(1, "rib"), Step::Expire { which: 0 }, ask]).expect("the same");
}

#[test]
fn who_asks_for_one_thing_and_was_away_from_the_line_for_another_is_back_there() {
    let ask = |which| Step::Ask { user: 2, which, line: Some(which == 0) };
    check(&[acquire(0, "hole"), acquire(1, "rib"), ask(0), Step::Leave { user: 2 }, Step::Record, ask(1)])
        .expect("the same");
}

#[test]
fn what_concerns_nobody_else_is_done_plainly() {
    let mut twin = Twin::new();
    let acquire = Step::Acquire { user: 0, part: 0, object: None, revision: None, scope: "item" };
    twin.take(&acquire);
    let (_, id) = twin.sessions[0].clone();
    twin.store.renew(USERS[0], PARTS[0], &id, None);
    twin.store.release_at(USERS[0], PARTS[0], &id, Some("A"));
    twin.take(&acquire);
    assert_eq!(twin.store.plain_changes(), 4);
    twin.take(&Step::Acquire { user: 1, part: 0, object: None, revision: None, scope: "item" });
    assert_eq!(twin.store.plain_changes(), 4, "it is held");
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
    assert_eq!(twin.store.plain_changes(), 5, "it is the first request");
    twin.store.ask(ask);
    assert_eq!(twin.store.plain_changes(), 5, "asking again renews it");
    twin.store.renew(USERS[0], PARTS[0], &id, None);
    assert_eq!(twin.store.plain_changes(), 6, "a request that isn't in line is for the holder to answer");
    twin.store.release(USERS[0], PARTS[0], &id);
    assert_eq!(twin.store.plain_changes(), 6, "and is superseded when the session ends");
}
