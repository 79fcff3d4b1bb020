//! A long while at half of what a side can carry.

use super::table::{Table, count, number};
use crate::figures::Steady;
use crate::options::Options;

const MB: f64 = 1_000_000.0;

const HEADINGS: [&str; 11] = [
    "side",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "max ms",
    "503 with Retry-After",
    "other than 2xx",
    "no answer",
    "memory after a tenth, MB",
    "at the end, MB",
    "lost / looked for",
];

/// The section on it.
pub fn section(cells: &[Steady], options: &Options) -> String {
    let mut table = Table::new(&HEADINGS);
    for cell in cells {
        table.row(&row(cell));
    }
    let minutes = number(Some(options.minutes), 1);
    table.section(
        "A long while",
        &format!(
            "32 clients acquire and release for {minutes} minutes, at half the rate that they reach on the same server \
            without a pause between requests. Requests are due at fixed times: how long one takes counts from when it was \
            due, so that who had to wait for an earlier answer is not overlooked. With trouble, one of two hosts is killed \
            after 30 % of the time and started again after 45 %, and the database that they share is restarted after 60 %; \
            who loses a connection goes to the host that is there. At the end sessions are looked for that had been \
            acknowledged last before."
        ),
    )
}

fn row(cell: &Steady) -> Vec<String> {
    let [p50, p99] = [0.5, 0.99].map(|q| number(cell.latencies.quantile(q), 2));
    vec![
        format!("{}{}", cell.side, if cell.trouble { ", with trouble" } else { "" }),
        count(Some(cell.rate)),
        p50,
        p99,
        number(cell.latencies.max(), 2),
        cell.busy.to_string(),
        cell.refused.to_string(),
        cell.unanswered.to_string(),
        number(cell.memory.map(|(begin, _)| begin / MB), 1),
        number(cell.memory.map(|(_, end)| end / MB), 1),
        format!("{} / {}", cell.lost, cell.looked_for),
    ]
}
