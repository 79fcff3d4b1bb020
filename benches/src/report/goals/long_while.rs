//! What holds over a long while, and after a long past.

use super::goal::{Bound, Goal};
use crate::figures::{Findings, Steady};

/// By what factor memory may grow that is flat.
const FLAT: f64 = 1.2;

/// What stands in a table of sides that are to hold: the side, and whether it is given trouble.
const SIDES: [(&str, bool); 2] = [("spin", false), ("cluster", true)];

/// The goals of a long while.
pub fn goals(findings: &Findings) -> Vec<Goal> {
    let mut goals: Vec<_> = SIDES.iter().flat_map(|(side, trouble)| steady(findings, side, *trouble)).collect();
    let worst = findings.worst_growth();
    let name = worst.map(|(name, _)| format!(", the worst: {name}")).unwrap_or_default();
    let what = format!("p50 of any operation with a long past{name}");
    goals.push(Goal::new(what, Bound::AtMost(1.2), "× an empty database's", worst.map(|(_, ratio)| ratio)));
    goals
}

fn steady(findings: &Findings, side: &str, trouble: bool) -> [Goal; 3] {
    let cell = findings.steady_of(side, trouble);
    let place = format!("a long while, `{side}`{}", if trouble { ", with trouble" } else { "" });
    let none = |what: &str, figure: fn(&Steady) -> u32| {
        Goal::new(format!("{place}: {what}"), Bound::AtMost(0.0), "in all", cell.map(|cell| f64::from(figure(cell))))
    };
    // With trouble a 503 says when to ask again, and a connection to a host that is killed is gone.
    let bad = if trouble {
        none("answers other than 2xx and 503 with `Retry-After`", |cell| cell.refused)
    } else {
        none("answers other than 2xx, or none", Steady::bad)
    };
    let memory = cell.and_then(Steady::growth);
    let memory = Goal::new(format!("{place}: memory at the end"), Bound::AtMost(FLAT), "× that at the begin", memory);
    [bad, none("acknowledged changes that are lost", |cell| cell.lost), memory]
}
