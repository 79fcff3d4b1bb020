//! What is measured: a system that can be started and listens on loopback addresses.
//!
//! Another one is another implementation of [`System`], listed in `known`.

mod api;
mod application;
mod bare;
mod cluster;
mod etcd;
mod installed;
mod known;
mod libsql;
mod log;
mod manifest;
mod native;
mod postgres;
mod program;
mod redis;
mod runner;
mod server;

pub use api::{Many, System};
pub use known::all;
pub use manifest::Manifest;
pub use server::Server;
