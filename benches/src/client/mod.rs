//! A client of the application, and of whatever else speaks HTTP, by the library that `baton` uses too; and a user at a
//! workstation. Nothing here knows of measuring.

mod seat;

use anyhow::Result;
use baton_client::Body;
use http::{Method, Request};
use serde_json::Value;

pub use baton_client::{Answer, Connection, Hosts, Refusal, text};
pub use seat::{Credential, Identity, Poll, Seat};

/// A request with a token, or without one.
pub fn request(method: &Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Result<Request<Body>> {
    baton_client::request("localhost", method, path, token, body)
}
