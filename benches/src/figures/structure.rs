//! What assemblies and many parts at once cost.

use super::stats;

/// How many parts are taken at once.
pub const AT_ONCE: usize = 1_000;

/// What one round showed on a side that keeps edit sessions, in milliseconds.
#[derive(Clone, Copy)]
pub struct Structured {
    /// Acquiring a single part before there is any structure.
    pub single_before: f64,
    /// The same with 100,000 parts in trees ten deep, one of those.
    pub single: f64,
    /// Acquiring a tree of [`AT_ONCE`] parts.
    pub tree: f64,
    /// Acquiring [`AT_ONCE`] parts by a batch.
    pub batch: f64,
}

/// What was found on a side.
#[derive(Default)]
pub struct Structure {
    /// The side.
    pub side: String,
    /// By their numbers, the rounds in which it kept edit sessions.
    pub rounds: Vec<(u32, Structured)>,
    /// By their numbers, how long [`AT_ONCE`] keys took in transactions, in milliseconds.
    pub transactions: Vec<(u32, f64)>,
}

impl Structure {
    /// The median of a figure; none where the side keeps no sessions.
    pub fn median(&self, figure: fn(&Structured) -> f64) -> Option<f64> {
        stats::median(&self.of(figure).iter().map(|(_, value)| *value).collect::<Vec<_>>())
    }

    /// How many times as long a single part takes with structure.
    pub fn slower(&self) -> Option<f64> {
        stats::median_ratio(&self.of(|round| round.single), &self.of(|round| round.single_before))
    }

    /// How many times as long as another side's transactions a figure takes.
    pub fn times(&self, other: &Self, figure: fn(&Structured) -> f64) -> Option<f64> {
        stats::median_ratio(&self.of(figure), &other.transactions)
    }

    /// How long the keys took, in the middle.
    pub fn transactions_median(&self) -> Option<f64> {
        stats::median(&self.transactions.iter().map(|(_, took)| *took).collect::<Vec<_>>())
    }

    fn of(&self, figure: fn(&Structured) -> f64) -> Vec<(u32, f64)> {
        self.rounds.iter().map(|(number, round)| (*number, figure(round))).collect()
    }
}
