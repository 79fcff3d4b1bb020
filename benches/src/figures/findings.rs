//! All that was found.

use std::time::Duration;

use super::growth::Growth;
use super::starts::Starts;
use super::steady::Steady;
use super::structure::Structure;
use super::throughput::{Round, Throughput};
use super::waiting::Waiting;
use super::webhooks::Webhooks;
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
    /// What assemblies and many parts at once cost.
    pub structure: Vec<Structure>,
    /// What webhooks cost, and how fast they are.
    pub webhooks: Vec<Webhooks>,
    /// A long while at half of what a side can carry.
    pub steady: Vec<Steady>,
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

    /// How a side compares with another one in the same task: the median of the rounds' ratios.
    pub fn times(
        &self,
        (side, other): (&str, &str),
        task: Task,
        clients: u32,
        figure: fn(&Round) -> f64,
    ) -> Option<f64> {
        self.throughput_of(side, task, clients)?.times(self.throughput_of(other, task, clients)?, figure)
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

    /// The long while of this side, with trouble or without.
    pub fn steady_of(&self, side: &str, trouble: bool) -> Option<&Steady> {
        self.steady.iter().find(|cell| cell.side == side && cell.trouble == trouble)
    }
}
