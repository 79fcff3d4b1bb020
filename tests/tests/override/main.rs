//! "Force-release and approvals" of the contract, and the acceptance criteria of the seed that asks for them.

mod approvals;
mod closing;
mod criteria;
mod direct;
mod events;
mod files;
mod orders;
mod races;
mod scene;
mod signatures;
mod signing_races;
mod tally;
mod workflows;
