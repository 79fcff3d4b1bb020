//! Requests per second.

use super::table::{Table, count, number, percent};
use crate::figures::{Findings, Throughput, stats};

const HEADINGS: [&str; 9] = [
    "task, clients, side",
    "requests/s",
    "spread",
    "p50 ms",
    "p99 ms",
    "not 2xx",
    "× runner's requests/s",
    "× runner's p50",
    "× runner's p99",
];

/// The side that all are compared with here.
const REFERENCE: &str = "runner";

const EXPLANATION: &str = "Keep-alive clients, each sending its next request when it has the answer. Medians over the \
    rounds; the spread is that of requests/s from the worst round to the best. Latencies are those of one request: \
    acquiring is one, releasing another. Only what was answered with 2xx counts as a request; not 2xx are all others, with \
    whatever answer or none, in all rounds. `postgres` does the same work as Baton (a token checked; a session, its event, \
    deliveries and audit row in one transaction; the same JSON), `native` is Baton's own code without a sandbox. With etcd \
    each of the two is a transaction of one compare and one put or delete over the JSON gateway, with `redis` it is `SET NX \
    PX` and `DEL`, with `libsql-inserts` each is a bare insert of a row of 1,000 bytes over Hrana. `bare`, \
    `bare-spin` and `bare-cluster` are a component that inserts such a row, reads one or answers a fixed text, and does nothing \
    else, on the same hosts. A bare request is `GET /healthz` at Baton. A ratio is the median of the rounds' own ratios.";

/// The section on throughput.
pub fn section(findings: &Findings) -> String {
    let mut table = Table::new(&HEADINGS);
    for cell in &findings.throughput {
        table.row(&row(cell, findings.throughput_of(REFERENCE, cell.task, cell.clients)));
    }
    table.section("Throughput", EXPLANATION)
}

fn row(cell: &Throughput, reference: Option<&Throughput>) -> Vec<String> {
    let requests: Vec<_> = cell.rounds.iter().map(|round| round.requests).collect();
    let times = |figure| number(reference.and_then(|other| cell.times(other, figure)), 2);
    vec![
        format!("{}, {}, {}", cell.task, cell.clients, cell.side),
        count(stats::median(&requests)),
        percent(stats::spread(&requests)),
        number(cell.figure(|round| round.p50), 2),
        number(cell.figure(|round| round.p99), 2),
        cell.bad.to_string(),
        times(|round| round.requests),
        times(|round| round.p50),
        times(|round| round.p99),
    ]
}
