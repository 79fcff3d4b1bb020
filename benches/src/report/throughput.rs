//! Requests per second.

use super::table::{Table, count, number, percent};
use crate::findings::Findings;
use crate::measure::Throughput;
use crate::stats;

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
    rounds; the spread is that of requests/s from the worst round to the best. Latencies are those of one request: \
    acquiring is one, releasing another. With etcd each of the two is a transaction of one compare and one put or delete \
    over the JSON gateway, with `redis` it is `SET NX PX` and `DEL`. A bare request is `GET /healthz` at Baton, and any at \
    `fixed-text`, a component on the same runner that answers a fixed text. The peer of acquire + release is etcd, that \
    of the others the fixed text; a ratio is the median of the rounds' own ratios.";

/// The section on throughput.
pub fn section(findings: &Findings) -> String {
    let mut table = Table::new(&HEADINGS);
    for cell in &findings.throughput {
        table.row(&row(cell, findings.peer_of(cell)));
    }
    table.section("Throughput", EXPLANATION)
}

fn row(cell: &Throughput, peer: Option<&Throughput>) -> Vec<String> {
    let requests: Vec<_> = cell.rounds.iter().map(|round| round.requests).collect();
    let times_peer = |figure| number(peer.and_then(|peer| cell.times(peer, figure)), 2);
    vec![
        format!("{}, {}, {}", cell.task, cell.clients, cell.side),
        count(stats::median(&requests)),
        percent(stats::spread(&requests)),
        number(cell.figure(|round| round.p50), 2),
        number(cell.figure(|round| round.p99), 2),
        times_peer(|round| round.requests),
        times_peer(|round| round.p50),
        times_peer(|round| round.p99),
    ]
}
