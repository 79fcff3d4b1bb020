//! Reading one session: a token is checked and a row is read.

use anyhow::Result;
use http::Method;

use super::api::{Client, Exchange, Work};
use crate::client::{Credential, Hosts, Seat};
use crate::pending::Pending;

/// Reads a session, as who shows this.
pub struct Read(pub Credential);

impl Work for Read {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let (hosts, credential) = (hosts.of(number), self.0);
        Box::pin(async move {
            let mut reader = Reader::new(&hosts, number).await?;
            reader.seat.show(credential).await?;
            Ok(Box::new(reader) as Box<dyn Client>)
        })
    }
}

struct Reader {
    seat: Seat,
    session: String,
}

impl Reader {
    async fn new(hosts: &Hosts, number: u32) -> Result<Self> {
        let mut seat = Seat::take(hosts, &format!("reader-{number}")).await?;
        let session = seat.acquire(&format!("READ-{number}")).await?;
        Ok(Self { seat, session })
    }
}

impl Client for Reader {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let (answer, exchange) = Exchange::of(self.seat.call(&Method::GET, &self.session, None)).await?;
            answer.expect(&[200])?;
            Ok(vec![exchange])
        })
    }
}
