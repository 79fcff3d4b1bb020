//! The table of all goals.

use super::goal::Goal;
use super::{long_while, speed, starting, structure, waiting, webhooks};
use crate::figures::Findings;
use crate::report::table::Table;

/// The section on the goals.
pub fn section(findings: &Findings) -> String {
    let mut table = Table::new(&["goal", "wanted", "reached", "✓/✗", "a bare component"]);
    let (measured, left_out): (Vec<_>, Vec<_>) = goals(findings).into_iter().partition(|goal| goal.verdict().is_some());
    for goal in measured {
        table.row(&goal.row());
    }
    table.section(
        "Goals",
        &format!("`runner` is Baton on its own runner without Redis, `runner+redis` with it; `spin` and `spin+redis` on a real Spin \
        with a SQLite file; `cluster` on two Spins that share libSQL's server and a Redis. `postgres` is a plain service for \
        the same work, `native` Baton's own code without a sandbox. A bare component reads a row or inserts one, and does \
        nothing else: what it doesn't reach on a host, in the same terms, nothing does there. A ratio is that of two figures of the same round, and \
        the median over the rounds. {} more goals need sides or parts that were not measured here.",
        left_out.len()),
    )
}

fn goals(findings: &Findings) -> Vec<Goal> {
    let families = [
        speed::on_the_runner(findings),
        speed::on_spin(findings),
        waiting::goals(findings),
        long_while::goals(findings),
        starting::goals(findings),
        structure::goals(findings),
        webhooks::goals(findings),
    ];
    families.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_goals_stand_there_even_if_nothing_was_measured() {
        assert!(goals(&Findings::default()).iter().all(|goal| goal.verdict().is_none()));
        assert!(goals(&Findings::default()).len() >= 60);
    }
}
