//! "Edit sessions" of the contract.

mod acquire;
mod batches;
mod expiry;
mod keeping;
mod lifecycle;
mod lists;
mod lost_replies;
mod races;
