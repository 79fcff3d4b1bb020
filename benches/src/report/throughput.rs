//! Requests per second.

use super::table::{Table, count, number, percent};
use crate::measure::{Round, Throughput};
use crate::stats;

const HEADINGS: [&str; 8] = [
    "work, clients, side",
    "requests/s",
    "spread",
    "p50 ms",
    "p99 ms",
    "of floor's requests/s",
    "× floor's p50",
    "× floor's p99",
];

const EXPLANATION: &str = "Keep-alive clients, each sending its next request when it has the answer. Medians over the \
    rounds; the spread is that of requests/s from the worst round to the best. Latencies are those of an operation; \
    acquire + release is one of two requests. The floor is `GET /healthz` of the same side, clients and round.";

/// The section on throughput.
pub fn section(cells: &[Throughput]) -> String {
    let mut table = Table::new(&HEADINGS);
    for cell in cells {
        table.row(&row(cell, floor_of(cell, cells)));
    }
    table.section("Throughput", EXPLANATION)
}

/// The first work's cell of the same side and number of clients.
fn floor_of<'a>(cell: &Throughput, cells: &'a [Throughput]) -> Option<&'a Throughput> {
    cells.iter().find(|other| other.side == cell.side && other.clients == cell.clients)
}

fn row(cell: &Throughput, floor: Option<&Throughput>) -> Vec<String> {
    let requests = values(cell, |round| round.requests);
    vec![
        format!("{}, {}, {}", cell.work, cell.clients, cell.side),
        count(stats::median(&requests)),
        percent(stats::spread(&requests)),
        number(stats::median(&values(cell, |round| round.p50)), 2),
        number(stats::median(&values(cell, |round| round.p99)), 2),
        number(ratio(cell, floor, |round| round.requests), 2),
        number(ratio(cell, floor, |round| round.p50), 2),
        number(ratio(cell, floor, |round| round.p99), 2),
    ]
}

fn values(cell: &Throughput, figure: fn(&Round) -> f64) -> Vec<f64> {
    cell.rounds.iter().map(figure).collect()
}

/// The median of the ratios within each round: what disturbs a round disturbs both.
fn ratio(cell: &Throughput, floor: Option<&Throughput>, figure: fn(&Round) -> f64) -> Option<f64> {
    let pairs = cell.rounds.iter().filter_map(|round| Some((round, in_round(floor?, round.number)?)));
    let ratios: Vec<_> = pairs.map(|(round, floor)| figure(round) / figure(floor)).collect();
    stats::median(&ratios)
}

fn in_round(cell: &Throughput, number: u32) -> Option<&Round> {
    cell.rounds.iter().find(|round| round.number == number)
}
