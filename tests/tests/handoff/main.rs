//! "Handoff" of the contract.

mod answers;
mod line;
mod requests;
