//! "Commands to workstations" of the contract.

mod giving;
mod saving;
mod scene;
mod stages;
