//! "Events" of the contract.

mod addressees;
mod outages;
mod poll;
mod retention;
mod sse;
