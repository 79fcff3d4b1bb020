//! What was found, and how it compares.

use std::time::Duration;

use crate::measure::{Growth, Round, Starts, Throughput, Waiting};
use crate::stats;
use crate::work::Task;

/// What was found.
#[derive(Default)]
pub struct Findings {
    /// The sides' names.
    pub sides: Vec<String>,
    /// How long starting takes.
    pub starts: Vec<Starts>,
    /// Requests per second.
    pub throughput: Vec<Throughput>,
    /// How fast news reach those who wait, and what they cost.
    pub waiting: Vec<Waiting>,
    /// Every operation without a past and with one.
    pub growth: Vec<Growth>,
    /// What went wrong. The rest counts nevertheless.
    pub failures: Vec<String>,
    /// How long it all took.
    pub took: Duration,
}

impl Findings {
    /// What this side did with so many clients.
    pub fn throughput_of(&self, side: &str, task: Task, clients: u32) -> Option<&Throughput> {
        self.throughput.iter().find(|cell| cell.side == side && cell.task == task && cell.clients == clients)
    }

    /// What a cell is compared with: etcd, or the fixed text on the same runner.
    pub fn peer_of(&self, cell: &Throughput) -> Option<&Throughput> {
        let (side, task) = match cell.task {
            Task::Floor | Task::Read if cell.side.contains("spin") => ("fixed-text-spin", Task::Floor),
            Task::Floor | Task::Read => ("fixed-text", Task::Floor),
            Task::Edit => ("etcd", Task::Edit),
        };
        self.throughput_of(side, task, cell.clients)
    }

    /// How this side's cell compares with its peer's: the median of the rounds' ratios.
    pub fn times_peer(&self, side: &str, task: Task, clients: u32, figure: fn(&Round) -> f64) -> Option<f64> {
        let cell = self.throughput_of(side, task, clients)?;
        cell.times(self.peer_of(cell)?, figure)
    }

    /// What this side did while so many others waited.
    pub fn waiting_of(&self, side: &str, others: u32) -> Option<&Waiting> {
        self.waiting.iter().find(|cell| cell.side == side && cell.others == others)
    }

    /// The operation that a long past slows most, and by what factor.
    pub fn worst_growth(&self) -> Option<(&'static str, f64)> {
        let ratios = self.growth.iter().filter_map(|cell| Some((cell.operation, cell.ratio()?)));
        ratios.max_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// The starts of this side.
    pub fn starts_of(&self, side: &str) -> Option<&Starts> {
        self.starts.iter().find(|cell| cell.side == side)
    }
}

impl Throughput {
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

impl Waiting {
    /// How the time that all but one in a hundred news take compares with that of another side.
    pub fn times(&self, other: &Self) -> Option<f64> {
        stats::median_ratio(&self.p99_of_rounds(), &other.p99_of_rounds())
    }

    fn p99_of_rounds(&self) -> Vec<(u32, f64)> {
        let rounds = self.rounds.iter();
        rounds.filter_map(|round| Some((round.number, stats::quantile(&round.milliseconds, 0.99)?))).collect()
    }

    /// A quantile of how long the news took, over all rounds, in milliseconds.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        stats::quantile(&self.milliseconds(), q)
    }

    /// How long the news took, over all rounds, in milliseconds.
    pub fn milliseconds(&self) -> Vec<f64> {
        self.rounds.iter().flat_map(|round| round.milliseconds.iter().copied()).collect()
    }
}

impl Starts {
    /// The component whose first request takes longest, and its median in milliseconds.
    pub fn slowest_request(&self) -> Option<(&'static str, f64)> {
        let medians = self.components().into_iter().filter_map(|name| Some((name, self.request_to(name)?)));
        medians.max_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// What the first request to this component takes, in milliseconds.
    pub fn request_to(&self, component: &str) -> Option<f64> {
        let to_it = self.requests.iter().filter(|(name, _)| *name == component);
        stats::median(&to_it.map(|(_, time)| *time).collect::<Vec<_>>())
    }

    /// The components' names.
    pub fn components(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.requests.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
