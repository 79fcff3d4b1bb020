//! Random sequences of commands by several users on few items, against the model and the invariants.

mod command;
mod pair;
mod plain_edits;
mod reservations;
mod trees;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError};

use crate::invariants;
use command::{Command, commands};
use pair::Pair;

/// How many commands follow one another at most.
const LENGTH_MAX: usize = 40;

/// The same sequences on every run: a fault is found by whoever makes it. `PROPTEST_CASES` looks further.
const SEED: RngSeed = RngSeed::Fixed(2026);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_says(commands in commands(LENGTH_MAX)) {
        let mut pair = Pair::new();
        for command in &commands {
            step(&mut pair, command)?;
        }
    }
}

/// Gives one command, and compares all that there is.
fn step(pair: &mut Pair, command: &Command) -> Result<(), TestCaseError> {
    let (before, dump) = (pair.model.world.clone(), pair.store.dump());
    let Some((answer, expected)) = pair.give(command) else { return Ok(()) };
    let after = pair.store.world();
    prop_assert_eq!(answer.clone().named(&pair.store.names()), expected);
    let difference = after.difference(&pair.model.world);
    prop_assert_eq!(difference, None, "the database is not what the model says, after {:?}", command);
    invariants::check(&pair.store, &before, &after);
    let has_expired = before.sessions.iter().zip(&after.sessions).any(|(old, now)| old.end != now.end);
    let has_moved = before.requests.iter().zip(&after.requests).any(|(old, now)| old.absent != now.absent);
    if answer.is_refusal() && !has_expired && !has_moved {
        // Who gives a command has been heard of, whatever it comes to.
        let others =
            |dump: Vec<String>| dump.into_iter().filter(|row| !row.starts_with("workstations ")).collect::<Vec<_>>();
        prop_assert_eq!(others(dump), others(pair.store.dump()), "a refused command leaves everything as it was");
    }
    Ok(())
}
