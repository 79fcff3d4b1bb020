//! What Baton's components share: who is calling, what an error looks like, the settings, the database with its
//! schema, and the word that goes out after a change.
//!
//! Everything here also builds natively, with SQLite itself in the place of Spin's interface to it, so that tests run
//! the handlers and their SQL without a WebAssembly host.

pub mod access;
pub mod approval;
pub mod auth;
pub mod config;
// Natively there is no host to leave: there it is tested, and not used.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
pub mod crowd;
pub mod db;
pub mod event_type;
pub mod events;
pub mod expiry;
pub mod extract;
pub mod force_release;
pub mod git_lfs;
pub mod http;
pub mod id;
pub mod instant;
pub mod item;
pub mod limits;
pub mod log;
pub mod number;
pub mod page;
pub mod pattern;
pub mod problem;
pub mod reach;
pub mod redis;
// As above.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod relay;
pub mod repository;
pub mod request;
mod schema;
pub mod seal;
pub mod task;
pub mod text;
pub mod webhooks;
pub mod workflow;
pub mod written;

pub use problem::{Problem, Result};
