//! How fast news reach those who wait, and what they cost.

use super::goal::{Bound, Goal};
use crate::figures::Findings;
use crate::report::table::count;

const KB: f64 = 1_000.0;

const RUNNER: &str = "runner";
const RUNNER_WITH_REDIS: &str = "runner+redis";
const SPIN: &str = "spin";
const SPIN_WITH_REDIS: &str = "spin+redis";
const CLUSTER: &str = "cluster";
const BLOCKING_POP: &str = "redis";

/// How many wait.
const CROWD: u32 = 1_000;
const LARGE_CROWD: u32 = 10_000;

/// The goals of waiting.
pub fn goals(findings: &Findings) -> Vec<Goal> {
    let news = Waiting { findings };
    let mut goals = vec![
        news.p99(RUNNER, CROWD, 15.0),
        news.p99(RUNNER_WITH_REDIS, CROWD, 5.0),
        news.beside_a_pop(RUNNER_WITH_REDIS, CROWD, 4.0),
        news.p99(RUNNER_WITH_REDIS, LARGE_CROWD, 10.0),
        news.p99(SPIN_WITH_REDIS, CROWD, 10.0),
        news.max(SPIN_WITH_REDIS, CROWD, 100.0),
        news.p99(CLUSTER, CROWD, 20.0),
    ];
    for (side, most) in [(RUNNER, 40.0), (RUNNER_WITH_REDIS, 40.0), (SPIN, 100.0), (SPIN_WITH_REDIS, 100.0)] {
        goals.push(news.memory(side, CROWD, most));
    }
    for side in [RUNNER, RUNNER_WITH_REDIS] {
        goals.push(news.memory(side, LARGE_CROWD, 40.0));
    }
    // No more than by looking 22 times a second, measured before; with Redis it is looked once a second.
    goals.push(news.idle(RUNNER, 2.1));
    goals.push(news.idle(RUNNER_WITH_REDIS, 2.1));
    goals
}

struct Waiting<'a> {
    findings: &'a Findings,
}

impl Waiting<'_> {
    fn p99(&self, side: &str, others: u32, most: f64) -> Goal {
        let reached = self.findings.waiting_of(side, others).and_then(|cell| cell.latencies().quantile(0.99));
        Goal::new(format!("{}: p99", handoff(side, others)), Bound::AtMost(most), "ms", reached)
    }

    fn max(&self, side: &str, others: u32, most: f64) -> Goal {
        let reached = self.findings.waiting_of(side, others).and_then(|cell| cell.latencies().max());
        Goal::new(format!("{}: the latest", handoff(side, others)), Bound::AtMost(most), "ms", reached)
    }

    fn beside_a_pop(&self, side: &str, others: u32, most: f64) -> Goal {
        let both = self.findings.waiting_of(side, others).zip(self.findings.waiting_of(BLOCKING_POP, others));
        let reached = both.and_then(|(ours, theirs)| ours.times(theirs));
        Goal::new(format!("{}: p99", handoff(side, others)), Bound::AtMost(most), "× a bare `BLPOP`'s", reached)
    }

    fn memory(&self, side: &str, others: u32, most: f64) -> Goal {
        let cell = self.findings.waiting_of(side, others);
        let reached = cell.and_then(|cell| cell.figure(|round| round.per_waiting)).map(|bytes| bytes / KB);
        let what = format!("memory of each waiting client from the 101st to the {}th, `{side}`", text(others));
        Goal::new(what, Bound::AtMost(most), "KB", reached)
    }

    fn idle(&self, side: &str, most: f64) -> Goal {
        let cell = self.findings.waiting_of(side, LARGE_CROWD);
        let reached = cell.and_then(|cell| cell.figure(|round| round.idle)).map(|share| share * 100.0);
        let what = format!("processor time of {} waiting clients while nothing happens, `{side}`", text(LARGE_CROWD));
        Goal::new(what, Bound::AtMost(most), "% of a core", reached)
    }
}

fn handoff(side: &str, others: u32) -> String {
    format!("handoff request to the holder, {} waiting, `{side}`", text(others))
}

fn text(others: u32) -> String {
    count(Some(f64::from(others)))
}
