//! What was found, and how it compares.

mod findings;
mod growth;
mod latencies;
mod starts;
mod steady;
mod structure;
mod throughput;
mod waiting;
mod webhooks;

pub mod stats;

pub use findings::Findings;
pub use growth::{Growth, GrowthRound};
pub use latencies::Latencies;
pub use starts::Starts;
pub use steady::Steady;
pub use structure::{AT_ONCE, Structure, Structured};
pub use throughput::{Round, Throughput};
pub use waiting::{Waiting, WaitingRound};
pub use webhooks::{Hooked, WEBHOOKS, Webhooks};
