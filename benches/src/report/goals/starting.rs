//! How long it takes from a start until all is well.

use super::goal::{Bound, Goal};
use crate::figures::{Findings, stats};

/// The goals of starting.
pub fn goals(findings: &Findings) -> Vec<Goal> {
    let mut goals = Vec::new();
    for side in ["runner", "runner+redis"] {
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
