//! "Events" of the contract.

mod addressees;
mod crowds;
mod outages;
mod poll;
mod retention;
mod sse;
