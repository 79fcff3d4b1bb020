//! "Variables" and "The command line" of the contract.

mod first_start;
mod refusals;
mod secret;
mod variables;
