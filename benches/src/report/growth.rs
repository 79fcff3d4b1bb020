//! What a long past costs.

use super::table::{Table, count, number};
use crate::figures::{Growth, GrowthRound, stats};
use crate::options::Options;

/// All operations, the worst first.
pub fn section(cells: &[Growth], options: &Options) -> String {
    let mut table = Table::new(&["operation", "×", "empty, p50 ms", "long past, p50 ms"]);
    for cell in worst_first(cells) {
        let [empty, grown] = [|round: &GrowthRound| round.empty, |round: &GrowthRound| round.grown]
            .map(|figure| number(stats::median(&cell.rounds.iter().map(figure).collect::<Vec<_>>()), 2));
        table.row(&[cell.operation.to_owned(), number(cell.ratio(), 2), empty, grown]);
    }
    let [sessions, events, audit] =
        [options.past_sessions, options.past_events, options.past_audit].map(|size| count(Some(f64::from(size))));
    table.section(
        "A long past",
        &format!(
            "Each operation by one client, in turns on an empty database and on one with {sessions} sessions that are \
            over, {events} events and {audit} rows of the audit log. Medians; the ratio is the median of the rounds' own. \
            The audit log's export and verification read all of it, and are not here."
        ),
    )
}

fn worst_first(cells: &[Growth]) -> Vec<&Growth> {
    let mut cells: Vec<_> = cells.iter().collect();
    cells.sort_by(|one, other| other.ratio().unwrap_or(0.0).total_cmp(&one.ratio().unwrap_or(0.0)));
    cells
}
