//! What assemblies and batches may cost.

use super::goal::{Bound, Goal};
use crate::figures::Findings;

/// The goals of many parts at once.
pub fn goals(findings: &Findings) -> Vec<Goal> {
    let mut goals = Vec::new();
    for side in ["runner", "runner+redis", "spin", "spin+redis"] {
        let found = findings.structure.iter().find(|cell| cell.side == side);
        let slower = found.and_then(|found| found.slower());
        let what = format!("acquire of a part with 100,000 in trees ten deep, beside none, `{side}`");
        goals.push(Goal::new(what, Bound::AtMost(1.2), "×", slower));
        let tree = found.and_then(|found| found.median(|round| round.tree));
        goals.push(Goal::new(format!("a tree of 1,000 parts, `{side}`"), Bound::AtMost(50.0), "ms", tree));
        let batch = found.and_then(|found| found.median(|round| round.batch));
        goals.push(Goal::new(format!("1,000 parts by a batch, `{side}`"), Bound::AtMost(100.0), "ms", batch));
    }
    goals
}
