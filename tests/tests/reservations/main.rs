//! "Reservations" of the contract.

mod bad_input;
mod calendar;
mod keeping;
mod lists;
mod making;
mod repeating;
mod scene;
