//! Every operation of the API, one at a time: to see whether one of them gets slower as the database grows.
//!
//! Left out are those that go over the whole log by their very purpose: the audit log's export and its verification.

mod all;
mod api;
mod audit;
mod checkpoints;
mod events;
mod handoff;
mod scene;
mod sessions;
mod workstations;

pub use all::all;
pub use api::Perform;
pub use scene::{Scene, get, post, timed};
