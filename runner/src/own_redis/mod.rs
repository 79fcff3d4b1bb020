//! A Redis in memory, for components of an application that is given none.
//!
//! Components see no more of Redis than `spin:redis`, and to them this is one: the commands that coordination needs, with
//! their replies, errors and expiry, blocking reads, pub/sub, and scripts that nothing comes between. It is bounded
//! in memory, keeps nothing on disk, and listens on no port.

mod channels;
mod commands;
mod lua;
mod reply;
mod script;
mod server;
mod store;

pub use server::{ADDRESS, Connection, Server};
