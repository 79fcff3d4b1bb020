//! Whether all sides keep what they acknowledge.

use super::table::{Table, number};
use crate::figures::{Findings, Throughput, stats};
use crate::work::Task;

const EXPLANATION: &str = "What has been acknowledged survives a power cut, on all sides. Baton: SQLite with a write-ahead \
    log and `synchronous=FULL`, which is SQLite's default and which neither runner nor components change; the Redis \
    beside it only wakes, and keeps nothing. etcd: its default, a sync of its log for each batch of changes. `redis`: \
    `appendonly yes`, `appendfsync always`. PostgreSQL: its defaults, `fsync` and `synchronous_commit` on. libSQL's server: as \
    it comes. All state lies on the same disk, which is not one in memory. From outside it \
    shows in the flushes that the disk was asked for by anybody while one client acquired and released: at least one \
    for each change, or somebody doesn't sync.";

/// The section on durability.
pub fn section(findings: &Findings) -> String {
    let mut table = Table::new(&["side", "flushes of the disk for each change, 1 client"]);
    for cell in findings.throughput.iter().filter(|cell| cell.task == Task::Edit && cell.clients == 1) {
        table.row(&[cell.side.clone(), number(flushes(cell), 2)]);
    }
    table.section("Durability", EXPLANATION)
}

fn flushes(cell: &Throughput) -> Option<f64> {
    stats::median(&cell.rounds.iter().filter_map(|round| round.flushes).collect::<Vec<_>>())
}
