//! What is measured. Each measurement goes over all sides in every round, so that whatever disturbs the machine meets
//! all of them.

mod all;
mod crowd;
mod first;
mod growth;
mod progress;
mod side;
mod starts;
mod steady;
mod structure;
mod throughput;
mod waiting;
mod webhooks;

pub use all::all;
