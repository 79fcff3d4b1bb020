//! What SQLite does for the statements that are run again and again must not grow with the log.

use rusqlite::types::Value;
use rusqlite::{StatementStatus, params_from_iter};

use super::*;
use crate::store;

/// Runs a statement, and gives how many steps of SQLite's machine that took.
fn steps(log: &Log, statement: &str, parameters: Vec<Value>) -> i32 {
    let mut statement = log.raw.prepare(statement).expect("a statement");
    let mut rows = statement.query(params_from_iter(parameters)).expect("a query");
    while rows.next().expect("a row").is_some() {}
    drop(rows);
    statement.get_status(StatementStatus::VmStep)
}

fn work(log: &Log) -> [i32; 3] {
    let age = || Value::from(format!("-{RETENTION_HOURS} hours"));
    [
        steps(log, store::PULSE, vec![Value::from(log.head() - 10), Value::from("-1 hours".to_owned())]),
        steps(log, store::PRUNABLE, vec![age()]),
        steps(log, store::PRUNE, vec![age(), Value::from(50)]),
    ]
}

#[test]
fn looking_and_pruning_take_as_long_whatever_the_length_of_the_log() {
    let (short, long) = (Log::new(), Log::new());
    short.add_events(200, RETENTION_HOURS + 1);
    long.add_events(20_000, RETENTION_HOURS + 1);
    let (short, long) = (work(&short), work(&long));
    let is_same = |(short, long): (i32, i32)| long <= short + short / 10;
    assert!(short.into_iter().zip(long).all(is_same), "{short:?} steps became {long:?}");
}
