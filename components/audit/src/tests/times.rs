//! Entries from a time on, and up to one.

use baton_core::db::params;
use serde_json::json;

use super::*;
use crate::filter::FilterQuery;

/// Times, in seconds, of entries one after the other. Except in the first, the clock is set back in between.
const LOGS: [&[u32]; 4] = [&[1, 2, 2, 3, 5, 5, 8], &[1, 5, 6, 2, 3, 3, 7, 4, 9], &[9, 1], &[3, 3, 2, 2, 5]];

fn at(second: u32) -> String {
    format!("2026-11-21T00:00:{second:02}.000Z")
}

fn log_of(times: &[u32]) -> Log {
    let log = Log::with_rows(0);
    for second in times {
        let entry = "INSERT INTO audit (time, actor, action, resource_type, resource_id, details)
                     VALUES (?, 'alice', 'x', 'y', 'z', '{}')";
        block_on(log.database.rows(entry, params![at(*second)])).expect("an entry");
    }
    log.sealed()
}

/// The places of the entries that pass.
fn passing(log: &Log, filters: serde_json::Value) -> Vec<i64> {
    let query: FilterQuery = serde_json::from_value(filters).expect("a query");
    let (statement, parameters) = query.check().expect("it holds").statement("seq", 0, i64::MAX, 100);
    let rows = block_on(log.database.rows(&statement, parameters)).expect("rows");
    rows.iter().map(|row| row.get(0).expect("a place")).collect()
}

#[test]
fn they_are_exact_also_where_the_clock_was_set_back() {
    for times in LOGS {
        let log = log_of(times);
        for (since, until) in (0..=10).flat_map(|since| (0..=10).map(move |until| (since, until))) {
            let within = |from: u32, to: u32| -> Vec<i64> {
                (1..).zip(times).filter(|(_, time)| (from..=to).contains(*time)).map(|(place, _)| place).collect()
            };
            let both = json!({ "since": at(since), "until": at(until) });
            assert_eq!(passing(&log, both), within(since, until), "{times:?}: {since} to {until}");
            assert_eq!(passing(&log, json!({ "since": at(since) })), within(since, 10), "{times:?}: since {since}");
            let of_alice = json!({ "actor": "alice", "until": at(until) });
            assert_eq!(passing(&log, of_alice), within(0, until), "{times:?}: until {until}");
        }
    }
}
