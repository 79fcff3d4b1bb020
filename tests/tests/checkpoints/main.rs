//! "Checkpoints" of the contract.

mod content;
mod drafts;
mod editing;
mod keeping;
mod large;
mod refusals;
mod uploads;
