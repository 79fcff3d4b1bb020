//! What was wanted, and what was reached: the report's first section.

use super::table::{Table, number};
use crate::findings::Findings;
use crate::stats;
use crate::work::Task;

const EMBEDDED: &str = "baton";
const WITH_REDIS: &str = "baton+redis";
const BLOCKING_POP: &str = "redis";

/// A kilobyte of memory.
const KB: f64 = 1_000.0;

/// How much is wanted.
#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// One thing that is wanted.
struct Goal {
    what: String,
    bound: Bound,
    unit: &'static str,
    reached: Option<f64>,
}

impl Bound {
    fn holds(self, reached: f64) -> bool {
        match self {
            Self::AtLeast(least) => reached >= least,
            Self::AtMost(most) => reached <= most,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least} {unit}"),
            Self::AtMost(most) => format!("≤ {most} {unit}"),
        }
    }
}

impl Goal {
    fn new(what: impl Into<String>, bound: Bound, unit: &'static str, reached: Option<f64>) -> Self {
        Self { what: what.into(), bound, unit, reached }
    }

    /// Whether it is reached; none if it was not measured.
    fn verdict(&self) -> Option<bool> {
        self.reached.map(|reached| self.bound.holds(reached))
    }

    fn row(&self) -> [String; 4] {
        let reached = self.reached.map(|_| format!("{} {}", number(self.reached, 2), self.unit));
        let verdict = match self.verdict() {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "–",
        };
        let reached = reached.unwrap_or_else(|| "not measured".to_owned());
        [self.what.clone(), self.bound.text(self.unit), reached, verdict.to_owned()]
    }
}

/// The section on the goals.
pub fn section(findings: &Findings) -> String {
    let mut table = Table::new(&["goal", "wanted", "reached", "✓/✗"]);
    for goal in goals(findings) {
        table.row(&goal.row());
    }
    table.section(
        "Goals",
        "`baton` is Baton on its own runner without Redis, `baton+redis` with it. A ratio is that of two figures of the \
        same round, and the median over the rounds.",
    )
}

fn goals(findings: &Findings) -> Vec<Goal> {
    let families = [editing(findings), reading(findings), news(findings), cost(findings), growth(findings)];
    families.into_iter().flatten().chain(starts(findings)).collect()
}

fn editing(findings: &Findings) -> Vec<Goal> {
    let both = [EMBEDDED, WITH_REDIS];
    let of = |side, clients, figure| findings.times_peer(side, Task::Edit, clients, figure);
    let goal = |side, clients, kind, bound, reached| {
        let clients = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
        Goal::new(format!("acquire + release, {clients}, `{side}`: {kind}"), bound, "× etcd's", reached)
    };
    let many = both.iter().flat_map(|&side| {
        let requests = of(side, 32, |round| round.requests);
        let p99 = of(side, 32, |round| round.p99);
        [
            goal(side, 32, "requests/s", Bound::AtLeast(1.5), requests),
            goal(side, 32, "p99 of a request", Bound::AtMost(1.0), p99),
        ]
    });
    let one =
        both.iter().map(|&side| goal(side, 1, "requests/s", Bound::AtLeast(1.0), of(side, 1, |round| round.requests)));
    many.chain(one).collect()
}

fn reading(findings: &Findings) -> Vec<Goal> {
    let goal = |side: &&str| {
        let reached = findings.times_peer(side, Task::Read, 32, |round| round.requests);
        let what = format!("read a session, 32 clients, `{side}`: requests/s");
        Goal::new(what, Bound::AtLeast(0.6), "× the fixed text's", reached)
    };
    [EMBEDDED, WITH_REDIS].iter().map(goal).collect()
}

fn news(findings: &Findings) -> Vec<Goal> {
    let p99 = |side, others| findings.waiting_of(side, others)?.quantile(0.99);
    let what = |side: &str, others: &str| format!("handoff request to the holder, {others} waiting, `{side}`: p99");
    let mut goals = Vec::new();
    for (others, name, most) in [(1_000, "1,000", 5.0), (10_000, "10,000", 10.0)] {
        goals.push(Goal::new(what(WITH_REDIS, name), Bound::AtMost(most), "ms", p99(WITH_REDIS, others)));
        let times = findings.waiting_of(WITH_REDIS, others).zip(findings.waiting_of(BLOCKING_POP, others));
        let times = times.and_then(|(ours, theirs)| ours.times(theirs));
        goals.push(Goal::new(what(WITH_REDIS, name), Bound::AtMost(4.0), "× a bare `BLPOP`'s", times));
    }
    goals.push(Goal::new(what(EMBEDDED, "1,000"), Bound::AtMost(60.0), "ms", p99(EMBEDDED, 1_000)));
    goals
}

fn cost(findings: &Findings) -> Vec<Goal> {
    let mut goals = Vec::new();
    for side in [EMBEDDED, WITH_REDIS] {
        for (others, name) in [(1_000, "1,000"), (10_000, "10,000")] {
            let reached = findings.waiting_of(side, others).and_then(|cell| cell.figure(|round| round.per_waiting));
            let what = format!("memory of each waiting client from the 101st to the {name}th, `{side}`");
            goals.push(Goal::new(what, Bound::AtMost(40.0), "KB", reached.map(|bytes| bytes / KB)));
        }
        let idle = findings.waiting_of(side, 10_000).and_then(|cell| cell.figure(|round| round.idle));
        let what = format!("processor time of 10,000 waiting clients while nothing happens, `{side}`");
        goals.push(Goal::new(what, Bound::AtMost(5.0), "% of a core", idle.map(|share| share * 100.0)));
    }
    goals
}

fn growth(findings: &Findings) -> Vec<Goal> {
    let worst = findings.worst_growth();
    let name = worst.map(|(name, _)| format!(", the worst: {name}")).unwrap_or_default();
    let what = format!("p50 of any operation with a long past{name}");
    vec![Goal::new(what, Bound::AtMost(1.2), "× an empty database's", worst.map(|(_, ratio)| ratio))]
}

fn starts(findings: &Findings) -> Vec<Goal> {
    let mut goals = Vec::new();
    for side in [EMBEDDED, WITH_REDIS] {
        let starts = findings.starts_of(side);
        let ready = starts.and_then(|starts| stats::median(&starts.later));
        goals.push(Goal::new(format!("start to ready, `{side}`"), Bound::AtMost(1.0), "s", ready));
        let slowest = starts.and_then(|starts| starts.slowest_request());
        let name = slowest.map(|(name, _)| format!(", the slowest: {name}")).unwrap_or_default();
        let what = format!("first request to each component, `{side}`{name}");
        goals.push(Goal::new(what, Bound::AtMost(20.0), "ms", slowest.map(|(_, time)| time)));
    }
    goals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_itself_is_good_enough() {
        assert!(Bound::AtLeast(1.5).holds(1.5) && !Bound::AtLeast(1.5).holds(1.49));
        assert!(Bound::AtMost(5.0).holds(5.0) && !Bound::AtMost(5.0).holds(5.01));
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        let goal = |reached| Goal::new("start", Bound::AtMost(1.0), "s", reached);
        assert_eq!(goal(None).row(), ["start", "≤ 1 s", "not measured", "–"]);
        assert_eq!(goal(Some(0.5)).row(), ["start", "≤ 1 s", "0.50 s", "✓"]);
        assert_eq!(goal(Some(2.0)).row()[3], "✗");
    }

    #[test]
    fn all_goals_stand_there_even_if_nothing_was_measured() {
        assert!(goals(&Findings::default()).iter().all(|goal| goal.verdict().is_none()));
        assert!(goals(&Findings::default()).len() >= 20);
    }
}
