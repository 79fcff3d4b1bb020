//! The HTTP trigger.

mod activity;
mod admission;
mod body;
mod connection;
mod gate;
mod instances;
mod pace;
mod problem;
mod request;
mod server;
mod service;
mod transport;

pub use admission::ConnectionLimits;
pub use server::{Server, check_address};
pub use service::Service;
