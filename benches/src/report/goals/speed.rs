//! Requests per second, and how long each takes.

use super::goal::{Bound, Goal};
use crate::figures::{Findings, Round};
use crate::work::Task;

const RUNNER: &str = "runner";
const SPIN: &str = "spin";
const CLUSTER: &str = "cluster";
const INSERTS: &str = "libsql-inserts";

/// How many clients work at once.
const MANY: [u32; 3] = [8, 32, 128];
const ANY: [u32; 4] = [1, 8, 32, 128];

/// How many read.
const READERS: u32 = 32;

/// One side beside another one.
struct Pair<'a> {
    findings: &'a Findings,
    side: &'static str,
    other: &'static str,
}

impl Pair<'_> {
    fn requests(&self, task: Task, clients: u32, bound: Bound) -> Goal {
        self.goal(task, clients, "requests/s", bound, |round| round.requests)
    }

    fn p99(&self, task: Task, clients: u32, bound: Bound) -> Goal {
        self.goal(task, clients, "p99", bound, |round| round.p99)
    }

    fn goal(&self, task: Task, clients: u32, what: &str, bound: Bound, figure: fn(&Round) -> f64) -> Goal {
        let times = |side| self.findings.times((side, self.other), task, clients, figure);
        let what = format!("{}: {what}", place(task, clients, self.side));
        Goal::new(what, bound, format!("× `{}`'s", self.other), times(self.side)).beside_bare(times(bare(self.side)))
    }
}

/// The side that runs the bare component where this one runs Baton.
fn bare(side: &str) -> &'static str {
    match side {
        SPIN => "bare-spin",
        CLUSTER => "bare-cluster",
        _ => "bare",
    }
}

fn place(task: Task, clients: u32, side: &str) -> String {
    let plural = if clients == 1 { "" } else { "s" };
    format!("{task}, {clients} client{plural}, `{side}`")
}

/// What the runner is to reach beside what a team would build instead.
pub fn on_the_runner(findings: &Findings) -> Vec<Goal> {
    let beside = |other| Pair { findings, side: RUNNER, other };
    let (postgres, native, etcd) = (beside("postgres"), beside("native"), beside("etcd"));
    let mut goals = Vec::new();
    for clients in MANY {
        goals.push(postgres.requests(Task::Edit, clients, Bound::AtLeast(1.5)));
        goals.push(postgres.p99(Task::Edit, clients, Bound::AtMost(1.0)));
        goals.push(native.requests(Task::Edit, clients, Bound::AtLeast(0.6)));
        goals.push(etcd.requests(Task::Edit, clients, Bound::AtLeast(1.0)));
        goals.push(etcd.p99(Task::Edit, clients, Bound::AtMost(1.0)));
    }
    goals.push(postgres.requests(Task::Read, READERS, Bound::AtLeast(1.0)));
    goals.push(native.requests(Task::Read, READERS, Bound::AtLeast(0.6)));
    goals
}

/// What a real Spin is to reach beside the runner, and a cluster beside bare inserts.
pub fn on_spin(findings: &Findings) -> Vec<Goal> {
    let spin = Pair { findings, side: SPIN, other: RUNNER };
    let cluster = Pair { findings, side: CLUSTER, other: INSERTS };
    let mut goals = Vec::new();
    for clients in ANY {
        goals.push(only_good(findings, SPIN, clients));
        goals.push(spin.requests(Task::Edit, clients, Bound::AtLeast(0.5)));
        if let Some(most) = p99_most(clients) {
            let p99 = |side| findings.throughput_of(side, Task::Edit, clients).and_then(|cell| cell.figure(|r| r.p99));
            let what = format!("{}: p99", place(Task::Edit, clients, SPIN));
            goals.push(Goal::new(what, Bound::AtMost(most), "ms", p99(SPIN)).beside_bare(p99(bare(SPIN))));
        }
    }
    goals.push(spin.requests(Task::Read, READERS, Bound::AtLeast(0.5)));
    for clients in ANY {
        goals.push(only_good(findings, CLUSTER, clients));
        goals.push(cluster.requests(Task::Edit, clients, Bound::AtLeast(0.8)));
        goals.push(cluster.p99(Task::Edit, clients, Bound::AtMost(10.0)));
    }
    goals
}

/// In milliseconds, where there is a bound.
fn p99_most(clients: u32) -> Option<f64> {
    match clients {
        32 => Some(60.0),
        128 => Some(200.0),
        _ => None,
    }
}

fn only_good(findings: &Findings, side: &str, clients: u32) -> Goal {
    let measured =
        findings.throughput_of(side, Task::Edit, clients).filter(|cell| cell.bad > 0 || !cell.rounds.is_empty());
    let bad = measured.map(|cell| f64::from(cell.bad));
    let what = format!("{}: answers other than 2xx, or none", place(Task::Edit, clients, side));
    Goal::new(what, Bound::AtMost(0.0), "in all", bad)
}
