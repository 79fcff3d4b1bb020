//! How fast news reach those who wait, and what they cost.

use super::table::{Table, count, number};
use crate::figures::Waiting;

const KB: f64 = 1_000.0;

/// How fast the holder hears of a request.
pub fn handoff(cells: &[Waiting]) -> String {
    let mut table = Table::new(&["others waiting, side", "samples", "p50 ms", "p99 ms", "max ms", "not 2xx"]);
    for cell in cells {
        let times = cell.latencies();
        let [p50, p99] = [0.5, 0.99].map(|q| number(times.quantile(q), 2));
        let samples = times.count().to_string();
        let refusals: u32 = cell.rounds.iter().map(|round| round.refusals).sum();
        table.row(&[place(cell), samples, p50, p99, number(times.max(), 2), refusals.to_string()]);
    }
    table.section(
        "Handoff",
        "From sending `request-handoff` until the holder's waiting long poll has been answered, over all rounds; with \
        `redis`, from `LPUSH` until another client's `BLPOP` has been answered. With `cluster` the one who asks is at \
        another host than the holder. Not 2xx: how often others were answered with 503; they asked again a second later.",
    )
}

/// The memory and the processor time of those who wait.
pub fn cost(cells: &[Waiting]) -> String {
    let headings = ["others waiting, side", "with 100, MB", "each further one, KB", "idle, % of a processor"];
    let mut table = Table::new(&headings);
    for cell in cells.iter().filter(|cell| cell.figure(|round| round.per_waiting).is_some()) {
        let with_first = cell.figure(|round| Some(round.with_first / KB / KB));
        let each = cell.figure(|round| Some(round.per_waiting? / KB));
        let idle = cell.figure(|round| Some(round.idle? * 100.0));
        table.row(&[place(cell), number(with_first, 1), number(each, 1), number(idle, 2)]);
    }
    table.section(
        "Cost of those who wait",
        "Resident memory of all processes of a side, Redis and libSQL included, on a server just started with 100 clients \
        waiting, and what each further one adds to it, its connection included; a thousand of them come within a second. Idle is the processor time of those processes \
        while all wait and no long poll ends, with the most who wait only. Medians over the rounds.",
    )
}

fn place(cell: &Waiting) -> String {
    format!("{}, {}", count(Some(f64::from(cell.others))), cell.side)
}
