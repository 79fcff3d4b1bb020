//! Handoff, and what those who wait cost.

use super::table::{Table, count, number};
use crate::measure::Handoff;
use crate::stats;

const KIB: f64 = 1024.0;

/// How fast the holder hears of a request.
pub fn handoff(cells: &[Handoff]) -> String {
    let mut table = Table::new(&["others waiting, side", "samples", "p50 ms", "p99 ms", "max ms", "503s to others"]);
    for cell in cells {
        let times = &cell.milliseconds;
        let [p50, p99] = [0.5, 0.99].map(|q| number(stats::quantile(times, q), 2));
        let samples = times.len().to_string();
        table.row(&[place(cell), samples, p50, p99, number(stats::max(times), 2), cell.refusals.to_string()]);
    }
    table.section(
        "Handoff",
        "From sending `request-handoff` until the holder's waiting long poll has been answered, over all rounds. \
        Others who were answered with 503 asked again a second later.",
    )
}

/// The memory of those who wait.
pub fn memory(cells: &[Handoff]) -> String {
    let mut table = Table::new(&["others waiting, side", "before, MiB", "per waiting client, KiB"]);
    for cell in cells.iter().filter(|cell| cell.waiting > 0) {
        let before = stats::median(&cell.before).map(|bytes| bytes / KIB / KIB);
        let each = stats::median(&cell.per_waiting).map(|bytes| bytes / KIB);
        table.row(&[place(cell), number(before, 1), number(each, 1)]);
    }
    table.section(
        "Memory",
        "Resident memory of the runner's processes (without Redis) on a server just started, and what each waiting \
        client adds to it, its connection included. Medians over the rounds.",
    )
}

fn place(cell: &Handoff) -> String {
    format!("{}, {}", count(Some(f64::from(cell.waiting))), cell.side)
}
