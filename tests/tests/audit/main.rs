//! "Audit" of the contract.

mod command;
mod entries;
mod export;
mod filters;
mod forged;
mod long;
mod look;
mod pages;
