//! The harness of the end-to-end tests: it starts the built application, speaks to it over HTTP as its clients
//! do, and says what came back when a check fails.
//!
//! A test is a function that takes an [`App`] (or a [`Mode`], when it wants a server of its own) and is listed in
//! [`on_shared_app!`] (or [`on_own_app!`]), which makes two tests of it: one without Redis, one with.

mod app;
mod client;
mod clock;
mod crowd;
mod disk;
mod host;
mod http;
mod inbox;
mod janitor;
mod json;
mod libsql;
mod process;
mod proxy;
mod raw;
mod receiver;
mod redis;
mod response;
mod seat;
mod server;
mod setup;
mod sql;
mod sse;
mod wait;

pub mod history;
pub mod paths;
pub mod shape;
pub mod token;
pub mod unique;

pub use app::{App, Beside};
pub use client::Client;
pub use clock::FalseClock;
pub use crowd::{Bystander, allow_crowds};
pub use disk::SmallDisk;
pub use host::Host;
pub use http::{Call, Endpoint, encode};
pub use inbox::{Inbox, Poll};
pub use json::Json;
pub use libsql::LibsqlServer;
pub use process::{Process, Scratch, free_port};
pub use proxy::Proxy;
pub use raw::Raw;
pub use receiver::{Received, Receiver, Reply};
pub use redis::RedisServer;
pub use response::Response;
pub use seat::Seat;
pub use server::{baton, baton_up, manifest, on_cluster, on_spin, repo, share_machine_code};
pub use setup::{Mode, Setup};
pub use sql::Sql;
pub use sse::{Frame, Sse};
pub use wait::{EVENTUALLY, at_once, eventually, meanwhile, seen_within, within};

/// Runs each of these `fn(&App)` twice, on a server that all tests of the binary share: without Redis and with it.
#[macro_export]
macro_rules! on_shared_app {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(#[test] fn $test() { super::$test($crate::App::shared($crate::Mode::Embedded)) })+
        }
        mod redis {
            $(#[test] fn $test() { super::$test($crate::App::shared($crate::Mode::Redis)) })+
        }
    };
}

/// Runs each of these `fn(Mode)` twice: without Redis and with it. The test starts what it needs.
#[macro_export]
macro_rules! on_own_app {
    ($($test:ident),+ $(,)?) => {
        mod embedded_own {
            $(#[test] fn $test() { super::$test($crate::Mode::Embedded) })+
        }
        mod redis_own {
            $(#[test] fn $test() { super::$test($crate::Mode::Redis) })+
        }
    };
}

/// Says on the terminal that a check was left out, and why. (The test framework holds back what a passing test prints
/// with `println!`; a check that is left out must be seen.)
pub fn skipped(what: &str, why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: {why}");
}
