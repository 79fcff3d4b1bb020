//! Requests without a token: of a component that knows its answer by heart, so this is the floor, or does next to nothing for it.

use anyhow::Result;
use http::Method;

use super::api::{Client, Exchange, Work};
use crate::client::{Connection, Hosts, request};
use crate::pending::Pending;

/// Asks for this path, without a token.
pub struct Ask(pub &'static str);

/// Has the bare component insert two rows, as many as acquiring and releasing are changes.
pub struct InsertByComponent;

impl Work for Ask {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        asker(hosts, number, (Method::GET, self.0, 1))
    }
}

impl Work for InsertByComponent {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        asker(hosts, number, (Method::POST, "/row", 2))
    }
}

/// What is sent, and how often it is sent each time.
type Repeated = (Method, &'static str, usize);

fn asker(hosts: &Hosts, number: u32, repeated: Repeated) -> Pending<'static, Result<Box<dyn Client>>> {
    let hosts = hosts.of(number);
    Box::pin(async move {
        let connection = Connection::open(&hosts).await?;
        Ok(Box::new(Asker { connection, repeated }) as Box<dyn Client>)
    })
}

struct Asker {
    connection: Connection,
    repeated: Repeated,
}

impl Client for Asker {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let (method, path, times) = &self.repeated;
            let mut exchanges = Vec::new();
            for _ in 0..*times {
                let request = request(method, path, None, None)?;
                let (answer, exchange) = Exchange::of(self.connection.call(request)).await?;
                answer.expect(&[200])?;
                exchanges.push(exchange);
            }
            Ok(exchanges)
        })
    }
}
