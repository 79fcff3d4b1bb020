//! "The board" of the contract.

mod files;
