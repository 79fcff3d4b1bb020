//! What is forgotten of the log.

use super::*;
use crate::chores::prune_batch;
use crate::store;

fn prune(log: &Log) -> i64 {
    block_on(store::prune(&log.database, RETENTION_HOURS)).expect("the log can be pruned")
}

fn is_due(log: &Log) -> bool {
    block_on(store::prunable(&log.database, RETENTION_HOURS)).expect("the log can be read").is_due
}

#[test]
fn what_is_old_goes_a_batch_at_a_time_with_its_deliveries() {
    let log = Log::new();
    log.add_events(1_200, RETENTION_HOURS + 1);
    log.add_events(10, 0);
    assert!(is_due(&log));
    let steps: Vec<_> = std::iter::from_fn(|| is_due(&log).then(|| prune(&log))).collect();
    assert_eq!(steps.last(), Some(&1_200), "{steps:?}");
    assert!(steps.len() > 1, "all at once would hold up writers");
    let left = ["events", "deliveries"].map(|table| log.number(&format!("SELECT count(*) FROM {table}")));
    assert_eq!(left, [10, 10]);
}

#[test]
fn what_is_not_old_stays() {
    let log = Log::new();
    assert!(!is_due(&log), "there is nothing at all");
    log.add_events(10, 0);
    assert!(!is_due(&log));
    assert_eq!(prune(&log), 0);
    assert_eq!(log.number("SELECT count(*) FROM events"), 10);
}

/// A pruner who finds that the log has been pruned since its own last batch leaves the rest to the other one.
#[test]
fn of_two_pruners_one_goes_on() {
    let log = Log::new();
    log.add_events(3_000, RETENTION_HOURS + 1);
    let batch = |last| block_on(prune_batch(RETENTION_HOURS, last)).expect("the log can be pruned");
    let one = batch(None);
    let other = batch(None);
    assert!(one.is_some() && other > one);
    assert_eq!(batch(one), None, "the other one has been here");
    let mut last = other;
    while let Some(through) = batch(last) {
        last = Some(through);
    }
    assert_eq!((last, is_due(&log)), (Some(3_000), false));
}

/// A statement that forgets an event that thousands heard of would hold up whoever writes.
#[test]
fn a_batch_is_bounded_by_deliveries() {
    let log = Log::new();
    log.add_events(1, RETENTION_HOURS + 1);
    log.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO deliveries (workstation_id, seq) SELECT 'w' || i, 1 FROM n",
    );
    let mut left = vec![log.number("SELECT count(*) FROM deliveries")];
    while is_due(&log) {
        prune(&log);
        left.push(log.number("SELECT count(*) FROM deliveries"));
    }
    assert!(left.windows(2).all(|pair| pair[0] - pair[1] <= 500), "{left:?}");
    assert_eq!((left.last(), log.number("SELECT count(*) FROM events")), (Some(&0), 0));
}

#[test]
fn an_event_from_the_future_keeps_nothing() {
    let log = Log::new();
    log.add_events(1, 0);
    log.run("UPDATE events SET time = '2999-01-01T00:00:00.000Z'");
    log.add_events(5, RETENTION_HOURS + 1);
    log.add_events(2, 0);
    while is_due(&log) {
        prune(&log);
    }
    assert_eq!(log.number("SELECT count(*) FROM events"), 2);
}

/// What was written after an event that is not old is not old, though the clock said so.
#[test]
fn a_clock_that_was_set_back_forgets_nothing_current() {
    let log = Log::new();
    log.add_events(3, 0);
    log.add_events(2, RETENTION_HOURS + 5);
    log.add_events(1, 0);
    assert!(!is_due(&log));
    prune(&log);
    assert_eq!(log.number("SELECT count(*) FROM events"), 6);
}

/// What the clock says is to come was written a moment ago if the clock was set back since: only what is old after it makes it old.
#[test]
fn a_clock_that_was_set_back_forgets_nothing_that_was_written_before() {
    let log = Log::new();
    log.add_events(3, 0);
    log.run("UPDATE events SET time = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+100 seconds')");
    log.add_events(2, 0);
    assert!(!is_due(&log));
    prune(&log);
    assert_eq!(log.number("SELECT count(*) FROM events"), 5);
    log.run("UPDATE events SET time = '2000-01-01T00:00:00.000Z' WHERE seq > 3");
    while is_due(&log) {
        prune(&log);
    }
    assert_eq!(log.number("SELECT count(*) FROM events"), 0);
}
