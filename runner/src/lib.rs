//! Serves the application of a Spin manifest on Wasmtime: what `baton up` does, as a library.
//!
//! A manifest is read ([`LoadedManifest`]), its variables get their values ([`Variables`]), a directory is found for what
//! is kept ([`StateDir`]), and then [`run`] serves it until a signal comes.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a host's log is where it was started")]

mod app;
mod build;
mod compile;
mod engine;
mod files;
mod host;
mod hosts;
mod http;
mod key_value;
mod limits;
mod logs;
mod manifest;
mod own_redis;
mod redis_client;
mod redis_trigger;
mod reuse;
mod routes;
mod run;
mod shutdown;
mod sqlite;
mod state_dir;
mod template;
mod variables;

pub use crate::build::build;
pub use crate::http::check_address;
pub use crate::manifest::LoadedManifest;
pub use crate::reuse::Reuse;
pub use crate::run::{Options, run};
pub use crate::state_dir::StateDir;
pub use crate::variables::{Variables, variable_from_environment};
