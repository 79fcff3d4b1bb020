//! The HTTP trigger.

mod body;
mod instances;
mod request;
mod server;
mod service;

pub use server::Server;
pub use service::Service;
