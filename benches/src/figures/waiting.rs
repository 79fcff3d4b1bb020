//! How fast news reach those who wait, and what they cost.

use super::latencies::Latencies;
use super::stats;

/// One number of others who wait on one side.
pub struct Waiting {
    /// The side.
    pub side: String,
    /// How many others wait.
    pub others: u32,
    /// One entry for each round that went well.
    pub rounds: Vec<WaitingRound>,
}

/// What one round showed.
pub struct WaitingRound {
    /// Which one.
    pub number: u32,
    /// How long the news took each time.
    pub latencies: Latencies,
    /// How often one of the others was answered with another status than 2xx, and asked again.
    pub refusals: u32,
    /// The memory of all processes of the side with the first of the others waiting, in bytes.
    pub with_first: f64,
    /// What each of the others beyond the first adds, in bytes; none where there are no more.
    pub per_waiting: Option<f64>,
    /// The processor time of all processes of the side while nothing happens, as a share of one processor's; none where
    /// that was not watched, or something did happen.
    pub idle: Option<f64>,
}

impl Waiting {
    /// The median of a figure over the rounds that have it.
    pub fn figure(&self, figure: impl Fn(&WaitingRound) -> Option<f64>) -> Option<f64> {
        stats::median(&self.rounds.iter().filter_map(figure).collect::<Vec<_>>())
    }

    /// How the time that all but one in a hundred news take compares with that of another side.
    pub fn times(&self, other: &Self) -> Option<f64> {
        stats::median_ratio(&self.p99_of_rounds(), &other.p99_of_rounds())
    }

    fn p99_of_rounds(&self) -> Vec<(u32, f64)> {
        self.rounds.iter().filter_map(|round| Some((round.number, round.latencies.quantile(0.99)?))).collect()
    }

    /// How long the news took, over all rounds.
    pub fn latencies(&self) -> Latencies {
        let mut all = Latencies::default();
        self.rounds.iter().for_each(|round| all.merge(&round.latencies));
        all
    }
}
