//! Asking for something that a component knows by heart, so this is the floor: a request and an answer.

use anyhow::Result;
use http::Method;

use super::api::{Client, Exchange, Work};
use crate::client::{Connection, Hosts, request};
use crate::pending::Pending;

/// Asks for this path, without a token.
pub struct Ask(pub &'static str);

impl Work for Ask {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let hosts = hosts.of(number);
        let path = self.0;
        Box::pin(async move {
            let connection = Connection::open(&hosts).await?;
            Ok(Box::new(Asker { connection, path }) as Box<dyn Client>)
        })
    }
}

struct Asker {
    connection: Connection,
    path: &'static str,
}

impl Client for Asker {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let request = request(&Method::GET, self.path, None, None)?;
            let (answer, exchange) = Exchange::of(self.connection.call(request)).await?;
            answer.expect(&[200])?;
            Ok(vec![exchange])
        })
    }
}
