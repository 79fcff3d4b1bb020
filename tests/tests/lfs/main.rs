//! "Git LFS" of the contract: over HTTP, and with the real git-lfs.

mod bad_input;
mod callers;
mod clone;
mod credential;
mod git;
mod hook;
mod listing;
mod locks;
mod objects;
mod repositories;
mod scene;
mod unlocking;
mod upstream;
