//! Many clients at once on trees that overlap, and on batches of their parts.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use baton_tests::{App, Json, Seat, meanwhile, on_shared_app, unique};
use serde_json::{Value, json};

use crate::kit::{link, try_tree};

on_shared_app!(each_part_has_one_holder_whoever_wants_trees_and_batches);

const TREES: usize = 6;
const SHARED: usize = 3;
const ROUNDS: usize = 4;

/// Trees that share some parts with the next one, and so on in a ring.
struct Ring {
    roots: Vec<String>,
    /// What each is made of.
    parts: Vec<Vec<String>>,
}

impl Ring {
    fn new(seat: &Seat) -> Self {
        let beginning = unique::part();
        let part = |number: usize| format!("{beginning}-{}", number % (TREES * SHARED));
        let roots: Vec<_> = (0..TREES).map(|number| format!("{beginning}-root-{number}")).collect();
        let parts: Vec<Vec<_>> =
            (0..TREES).map(|tree| (tree * SHARED..(tree + 2) * SHARED).map(part).collect()).collect();
        roots.iter().zip(&parts).for_each(|(root, parts)| link(seat, root, parts));
        Self { roots, parts }
    }

    /// What a session covers.
    fn covered<'a>(&'a self, session: &'a Value) -> Vec<&'a str> {
        let part = session.text("part_number");
        let tree = self.roots.iter().position(|root| root == part).filter(|_| session["scope"] == "tree");
        tree.map_or_else(|| vec![part], |tree| self.parts[tree].iter().map(String::as_str).collect())
    }
}

fn each_part_has_one_holder_whoever_wants_trees_and_batches(app: &App) {
    let (watcher, seats): (_, Vec<_>) = (app.seat(), (0..8).map(|_| app.seat()).collect());
    let ring = Ring::new(&watcher);
    let look = || {
        let beginning = ring.roots[0].strip_suffix("root-0").expect("the first one");
        let path = format!("/api/edit-sessions?part_number={beginning}*&limit=1000");
        let mut held: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let sessions = watcher.get(&path).ok(200);
        for session in sessions.list("edit_sessions") {
            for part in ring.covered(session) {
                held.entry(part).or_default().insert(session.text("workstation_id").to_owned());
            }
        }
        assert!(held.values().all(|holders| holders.len() == 1), "{held:?}");
    };
    meanwhile(vec![look], || {
        thread::scope(|scope| {
            for (number, seat) in seats.iter().enumerate() {
                let ring = &ring;
                scope.spawn(move || (0..ROUNDS).for_each(|round| hold_once(seat, ring, number, number * 5 + round)));
            }
        });
    });
}

/// A tree, or its parts by a batch, as soon as they are to be had.
fn hold_once(seat: &Seat, ring: &Ring, number: usize, turn: usize) {
    let tree = turn % TREES;
    let sessions = baton_tests::eventually("a turn for everybody", || {
        let body = json!({ "workstation_id": seat.workstation, "part_numbers": ring.parts[tree] });
        let answer = if number.is_multiple_of(2) {
            try_tree(seat, &ring.roots[tree])
        } else {
            seat.post("/api/edit-sessions/batch", &body)
        };
        if answer.status != 201 {
            assert!(!answer.expect(409, "held").list("holders").is_empty());
            return None;
        }
        let taken = answer.ok(201);
        Some(if number.is_multiple_of(2) { vec![taken] } else { taken.list("edit_sessions").to_vec() })
    });
    for session in &sessions {
        seat.verify(session, session.int("fence")).ok(200);
    }
    let ids: Vec<_> = sessions.iter().map(Json::id).collect();
    let released = seat.post("/api/edit-sessions/release", &json!({ "session_ids": ids })).ok(200);
    assert_eq!(released, json!({ "released": ids, "refused": [] }));
}
