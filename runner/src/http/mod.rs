//! The HTTP trigger.

mod body;
mod gate;
mod instances;
mod request;
mod server;
mod service;

pub use server::{Server, check_address};
pub use service::Service;
