//! Random reservations, acquires and releases while time passes: no two users have one item for the same time, and nobody slips in
//! once it has begun.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::store::{Answer, Seat, Store};

const USERS: [&str; 3] = ["anna", "ben", "cleo"];
const PARTS: [&str; 2] = ["F1", "F2"];
const LENGTH_MAX: usize = 30;

#[derive(Clone, Debug)]
enum Step {
    Reserve { user: usize, parts: Vec<&'static str>, from: i64, seconds: i64 },
    Withdraw { user: usize, which: Index },
    Acquire { user: usize, part: &'static str, object: Option<&'static str>, ttl: i64 },
    Release { which: Index },
    StandInLine { user: usize, which: Index },
    Pass { seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (user, part) = (0..USERS.len(), prop::sample::select(&PARTS[..]));
    let parts = prop::sample::subsequence(PARTS.to_vec(), 1..=2);
    let object = prop::sample::select(&[None, Some("bore"), Some("rib")][..]);
    prop_oneof![
        4 => (user.clone(), parts, 0..40_i64, 1..30_i64)
            .prop_map(|(user, parts, from, long)| Step::Reserve { user, parts, from: from * 100, seconds: long * 100 }),
        1 => (user.clone(), any::<Index>()).prop_map(|(user, which)| Step::Withdraw { user, which }),
        4 => (user.clone(), part, object, 1..30_i64)
            .prop_map(|(user, part, object, ttl)| Step::Acquire { user, part, object, ttl: ttl * 100 }),
        3 => any::<Index>().prop_map(|which| Step::Release { which }),
        2 => (user, any::<Index>()).prop_map(|(user, which)| Step::StandInLine { user, which }),
        4 => (1..30_i64).prop_map(|seconds| Step::Pass { seconds: seconds * 100 }),
    ]
}

struct Shop {
    store: Store,
    seats: Vec<Seat>,
    reservations: Vec<String>,
}

impl Shop {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Reserve { user, parts, from, seconds } => {
                let time = (*from, from + seconds);
                if let Answer::Made(id) = self.store.reserve(&self.seats[*user], parts, &[time]) {
                    self.reservations.push(id);
                }
            }
            Step::Withdraw { user, which } if !self.reservations.is_empty() => {
                let id: &String = which.get(&self.reservations);
                self.store.withdraw(USERS[*user], id);
            }
            Step::Acquire { user, part, object, ttl } => {
                self.store.acquire_for(&self.seats[*user], part, *object, "part", *ttl);
            }
            Step::Release { which } => {
                if let Some((id, part, user)) = self.pick(which) {
                    self.store.release(&user, &part, &id);
                }
            }
            Step::StandInLine { user, which } => {
                if let Some((session_id, part_number, _)) = self.pick(which) {
                    let (seat, part_number) = (&self.seats[*user], part_number.as_str());
                    self.store.ask(crate::store::Ask {
                        user: &seat.user,
                        part_number,
                        session_id: &session_id,
                        workstation_id: Some(&seat.id),
                        auto_acquire: Some(true),
                        whole_item: false,
                        message: "please",
                    });
                }
            }
            Step::Pass { seconds } => self.store.let_pass(*seconds),
            Step::Withdraw { .. } => {}
        }
    }

    /// An active session: its id, part and user.
    fn pick(&self, which: &Index) -> Option<(String, String, String)> {
        let active = self.rows("SELECT id, part_number, user FROM active_sessions ORDER BY seq");
        (!active.is_empty()).then(|| which.get(&active).clone())
    }

    fn rows(&self, statement: &str) -> Vec<(String, String, String)> {
        let mut statement = self.store.raw().prepare(statement).expect("a statement");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("a query");
        rows.collect::<rusqlite::Result<_>>().expect("rows")
    }

    /// Of each item whose time has begun without having come to a session, whose it is and the others who hold some of it.
    fn open(&self) -> BTreeMap<(String, String), Vec<String>> {
        let open = "SELECT t.seq, t.item_id, t.user FROM reserved_times t, clock
                    WHERE t.starts_at <= now AND t.ends_at > now AND t.session_id IS NULL"
            .replace("t.seq", "CAST(t.seq AS TEXT)");
        let others = |item: &str, user: &str| {
            let sessions = self.rows("SELECT id, item_id, user FROM active_sessions");
            sessions.into_iter().filter(|(_, on, by)| on == item && by != user).map(|(id, _, _)| id).collect()
        };
        self.rows(&open).into_iter().map(|(seq, item, user)| ((seq, item.clone()), others(&item, &user))).collect()
    }

    fn check(&self, before: &BTreeMap<(String, String), Vec<String>>) {
        let twice: i64 = self.store.value(
            "SELECT count(*) FROM reserved_times a JOIN reserved_times b ON a.item_id = b.item_id AND a.user <> b.user
               AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
             WHERE a.session_id IS NULL AND b.session_id IS NULL AND b.ends_at > (SELECT now FROM clock)
               AND a.ends_at > (SELECT now FROM clock)",
        );
        assert_eq!(twice, 0, "two users have reserved one item for the same time");
        for (place, others) in self.open() {
            let Some(known) = before.get(&place) else { continue };
            assert!(others.iter().all(|id| known.contains(id)), "somebody has slipped in: {others:?}, not {known:?}");
        }
        let passed_over: i64 = self.store.value(
            "SELECT count(*) FROM reserved_times t, clock
             WHERE t.starts_at <= now AND t.ends_at > now AND t.session_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM active_sessions s WHERE s.item_id = t.item_id
                                                                 AND s.workstation_id <> t.workstation_id)",
        );
        assert_eq!(passed_over, 0, "nothing is in the way of a reserver who has nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: super::SEED, ..ProptestConfig::default() })]

    #[test]
    fn what_is_reserved_is_kept(steps in prop::collection::vec(step(), 1..=LENGTH_MAX)) {
        let store = Store::new();
        let seats = USERS.iter().map(|user| store.register(user, user)).collect();
        let mut shop = Shop { store, seats, reservations: Vec::new() };
        for step in &steps {
            shop.store.expire_all();
            let before = shop.open();
            shop.take(step);
            shop.store.expire_all();
            shop.check(&before);
        }
    }
}
