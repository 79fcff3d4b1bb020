//! `GET /healthz`: a component is called and nothing else, so this is the floor.

use std::net::SocketAddr;

use anyhow::Result;
use http::Method;

use super::{Client, Work};
use crate::http::{Connection, request};
use crate::pending::Pending;

/// Asks whether the service runs.
pub struct Health;

impl Work for Health {
    fn name(&self) -> &'static str {
        "GET /healthz"
    }

    fn client(&self, address: SocketAddr, _: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        Box::pin(async move { Ok(Box::new(Asker(Connection::open(address).await?)) as Box<dyn Client>) })
    }
}

struct Asker(Connection);

impl Client for Asker {
    fn operate(&mut self) -> Pending<'_, Result<()>> {
        Box::pin(async {
            let answer = self.0.call(request(&Method::GET, "/healthz", None, None)?).await?;
            answer.expect(&[200]).map(drop)
        })
    }
}
