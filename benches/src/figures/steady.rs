//! A long while at half of what a side can carry.

use super::latencies::Latencies;

/// What one side showed.
#[derive(Default)]
pub struct Steady {
    /// The side.
    pub side: String,
    /// What was done to it meanwhile.
    pub trouble: bool,
    /// The rate that was asked of it, in requests per second.
    pub rate: f64,
    /// How long each request took that was answered with 2xx, from when it was due.
    pub latencies: Latencies,
    /// Answers with 503 that say when to ask again.
    pub busy: u32,
    /// Other answers than 2xx.
    pub refused: u32,
    /// Requests without an answer.
    pub unanswered: u32,
    /// The memory of all of its processes after a tenth of the time and at the end, in bytes.
    pub memory: Option<(f64, f64)>,
    /// Acknowledged changes that were looked for at the end, and those that weren't there.
    pub looked_for: u32,
    /// Those that weren't there.
    pub lost: u32,
}

impl Steady {
    /// All requests that were not answered with 2xx.
    pub fn bad(&self) -> u32 {
        self.busy + self.refused + self.unanswered
    }

    /// By what factor the memory has grown.
    pub fn growth(&self) -> Option<f64> {
        self.memory.map(|(begin, end)| end / begin)
    }
}
