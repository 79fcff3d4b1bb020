//! Assemblies, and many parts at once.

use super::table::{Table, number};
use crate::figures::{Structure, Structured};

/// What they take.
pub fn section(cells: &[Structure]) -> String {
    let mut table = Table::new(&[
        "side",
        "single part, ms",
        "with structure, ms",
        "ratio",
        "tree of 1,000, ms",
        "× etcd",
        "batch of 1,000, ms",
        "× etcd",
        "1,000 keys, ms",
    ]);
    let transactions = cells.iter().find(|cell| !cell.transactions.is_empty());
    let times =
        |cell: &Structure, figure: fn(&Structured) -> f64| transactions.and_then(|other| cell.times(other, figure));
    for cell in cells {
        table.row(&[
            cell.side.clone(),
            number(cell.median(|round| round.single_before), 2),
            number(cell.median(|round| round.single), 2),
            number(cell.slower(), 2),
            number(cell.median(|round| round.tree), 1),
            number(times(cell, |round| round.tree), 2),
            number(cell.median(|round| round.batch), 1),
            number(times(cell, |round| round.batch), 2),
            number(cell.transactions_median(), 1),
        ]);
    }
    table.section(
        "Assemblies and batches",
        "One client. A single part is acquired before there is any structure, and with 100,000 parts in trees ten deep, being one of \
        them; then a tree of 1,000 parts, and 1,000 parts by a batch, each in one request and one change. etcd: 1,000 keys that must not \
        be there, in transactions of 128, as many as it allows. Medians; a ratio is that of one round.",
    )
}
