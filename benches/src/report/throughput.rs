//! Requests per second.

use super::table::{Table, count, number, percent};
use crate::measure::{Round, Throughput};
use crate::stats;
use crate::work::Task;

const HEADINGS: [&str; 8] = [
    "task, clients, side",
    "requests/s",
    "spread",
    "p50 ms",
    "p99 ms",
    "× peer's requests/s",
    "× peer's p50",
    "× peer's p99",
];

const EXPLANATION: &str = "Keep-alive clients, each sending its next request when it has the answer. Medians over the \
    rounds; the spread is that of requests/s from the worst round to the best. Latencies are those of one request. The \
    peer of acquire + release is etcd, that of reading the fixed text on the same runner; a ratio is the median of the \
    rounds' own ratios.";

/// The section on throughput.
pub fn section(cells: &[Throughput]) -> String {
    let mut table = Table::new(&HEADINGS);
    for cell in cells {
        table.row(&row(cell, peer_of(cell, cells)));
    }
    table.section("Throughput", EXPLANATION)
}

/// What a cell is compared with.
fn peer_of<'a>(cell: &Throughput, cells: &'a [Throughput]) -> Option<&'a Throughput> {
    let (side, task) = match cell.task {
        Task::Floor | Task::Read if cell.side.contains("spin") => ("fixed-text-spin", Task::Floor),
        Task::Floor | Task::Read => ("fixed-text", Task::Floor),
        Task::Edit => ("etcd", Task::Edit),
    };
    cells.iter().find(|other| other.side == side && other.task == task && other.clients == cell.clients)
}

fn row(cell: &Throughput, peer: Option<&Throughput>) -> Vec<String> {
    let requests = values(cell, |round| round.requests);
    let times_peer = |figure| number(peer.and_then(|peer| ratio(cell, peer, figure)), 2);
    vec![
        format!("{}, {}, {}", cell.task, cell.clients, cell.side),
        count(stats::median(&requests)),
        percent(stats::spread(&requests)),
        number(stats::median(&values(cell, |round| round.p50)), 2),
        number(stats::median(&values(cell, |round| round.p99)), 2),
        times_peer(|round| round.requests),
        times_peer(|round| round.p50),
        times_peer(|round| round.p99),
    ]
}

fn values(cell: &Throughput, figure: fn(&Round) -> f64) -> Vec<f64> {
    cell.rounds.iter().map(figure).collect()
}

/// The median of the ratios within each round: what disturbs a round disturbs both.
fn ratio(cell: &Throughput, peer: &Throughput, figure: fn(&Round) -> f64) -> Option<f64> {
    let pairs = cell.rounds.iter().filter_map(|round| Some((round, in_round(peer, round.number)?)));
    let ratios: Vec<_> = pairs.map(|(round, peer)| figure(round) / figure(peer)).collect();
    stats::median(&ratios)
}

fn in_round(cell: &Throughput, number: u32) -> Option<&Round> {
    cell.rounds.iter().find(|round| round.number == number)
}
