//! What webhooks may cost, and how fast they are to be.

use super::goal::{Bound, Goal};
use crate::figures::Findings;

/// The goals of webhooks.
pub fn goals(findings: &Findings) -> Vec<Goal> {
    let mut goals = Vec::new();
    for side in ["runner", "runner+redis", "spin", "spin+redis"] {
        let found = findings.webhooks.iter().find(|cell| cell.side == side);
        let dearer = found.and_then(|found| found.dearer(10, 0.5));
        let what = format!("a change with ten webhooks, beside none, p50, `{side}`");
        goals.push(Goal::new(what, Bound::AtMost(1.3), "×", dearer));
        let p99 = found.and_then(|found| found.median(10, |hooked| hooked.deliveries.quantile(0.99)));
        let what = format!("a delivery at 1,000 a second, p99, `{side}`");
        goals.push(Goal::new(what, Bound::AtMost(1_000.0), "ms", p99));
    }
    goals
}
