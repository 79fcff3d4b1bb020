//! Requests per second.

use super::stats;
use crate::work::Task;

/// One task of one number of clients on one side.
pub struct Throughput {
    /// The side.
    pub side: String,
    /// The task.
    pub task: Task,
    /// How many do it at once.
    pub clients: u32,
    /// One entry for each round that went well.
    pub rounds: Vec<Round>,
    /// Requests that were answered with another status than 2xx, or not at all, in all rounds.
    pub bad: u32,
}

/// What one round showed.
#[derive(Clone, Copy)]
pub struct Round {
    /// Which one.
    pub number: u32,
    /// Requests that were answered with 2xx in a second.
    pub requests: f64,
    /// Milliseconds that such a request takes: the median.
    pub p50: f64,
    /// All but one in a hundred take less.
    pub p99: f64,
    /// How often the disk was flushed, by whomever, for each request; none where that isn't counted.
    pub flushes: Option<f64>,
}

impl Throughput {
    /// What is yet to be measured.
    pub fn of(side: &str, task: Task, clients: u32) -> Self {
        Self { side: side.to_owned(), task, clients, rounds: Vec::new(), bad: 0 }
    }

    /// The median of a figure over the rounds.
    pub fn figure(&self, figure: fn(&Round) -> f64) -> Option<f64> {
        stats::median(&self.rounds.iter().map(figure).collect::<Vec<_>>())
    }

    /// How this compares with another one.
    pub fn times(&self, other: &Self, figure: fn(&Round) -> f64) -> Option<f64> {
        let of = |cell: &Self| cell.rounds.iter().map(|round| (round.number, figure(round))).collect::<Vec<_>>();
        stats::median_ratio(&of(self), &of(other))
    }
}
