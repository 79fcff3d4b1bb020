//! Where clients wait for news: some who get none, and one who does.

mod api;
mod baton;
mod pace;
mod redis;

pub use api::{Arrival, Counts, Pair, WaitingRoom};
pub use baton::Events;
pub use redis::BlockingPop;
