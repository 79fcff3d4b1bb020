//! What webhooks cost.

use super::table::{Table, count, number};
use crate::figures::{Hooked, WEBHOOKS, Webhooks};
use crate::options::Options;

/// The section on them.
pub fn section(cells: &[Webhooks], options: &Options) -> String {
    let mut table = Table::new(&[
        "side",
        "webhooks",
        "change p50, ms",
        "ratio",
        "change p99, ms",
        "ratio",
        "delivery p50, ms",
        "delivery p99, ms",
        "not come",
        "connections",
    ]);
    for cell in cells {
        for hooks in WEBHOOKS {
            let median = |figure: fn(&Hooked) -> Option<f64>| cell.median(hooks, figure);
            table.row(&[
                cell.side.clone(),
                hooks.to_string(),
                number(median(|hooked| hooked.changes.quantile(0.5)), 2),
                number(cell.dearer(hooks, 0.5), 2),
                number(median(|hooked| hooked.changes.quantile(0.99)), 2),
                number(cell.dearer(hooks, 0.99), 2),
                number(median(|hooked| hooked.deliveries.quantile(0.5)), 1),
                number(median(|hooked| hooked.deliveries.quantile(0.99)), 1),
                count(median(|hooked| whole(hooked.missing))),
                count(median(|hooked| whole(hooked.connections))),
            ]);
        }
    }
    let seconds = options.webhooks_seconds;
    table.section(
        "Webhooks",
        &format!(
            "8 clients make 100 changes a second for {seconds} s, each change at its time: how long one takes counts from when it was \
            due. Each webhook is sent all of them, at a receiver of its own on this machine, which takes everything: with ten, that is \
            1,000 deliveries a second. A delivery takes from the event's time until it has come. Medians; a ratio is that of one round, \
            to the same without a webhook."
        ),
    )
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn whole(count: u64) -> Option<f64> {
    Some(count as f64)
}
