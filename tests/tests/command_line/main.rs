//! "Variables" and "The command line" of the contract.

mod backup;
mod bounds;
mod client;
mod first_start;
mod privacy;
mod refusals;
mod secret;
mod variables;
