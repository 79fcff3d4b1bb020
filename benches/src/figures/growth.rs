//! Every operation without a past and with one.

use super::stats;

/// One operation.
pub struct Growth {
    /// Its name.
    pub operation: &'static str,
    /// One entry for each round that went well.
    pub rounds: Vec<GrowthRound>,
}

/// What one round showed: the medians, in milliseconds.
#[derive(Clone, Copy)]
pub struct GrowthRound {
    /// On the empty database.
    pub empty: f64,
    /// On the one with a past.
    pub grown: f64,
}

impl Growth {
    /// How much longer it takes with the past: the median of the rounds' ratios.
    pub fn ratio(&self) -> Option<f64> {
        stats::median(&self.rounds.iter().map(|round| round.grown / round.empty).collect::<Vec<_>>())
    }
}
