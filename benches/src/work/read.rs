//! Reading one session: a token is checked and a row is read.

use std::net::SocketAddr;

use anyhow::Result;
use http::Method;

use super::{Client, Exchange, Work};
use crate::pending::Pending;
use crate::seat::Seat;

/// Reads a session.
pub struct Read;

impl Work for Read {
    fn client(&self, address: SocketAddr, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        Box::pin(async move { Ok(Box::new(Reader::new(address, number).await?) as Box<dyn Client>) })
    }
}

struct Reader {
    seat: Seat,
    session: String,
}

impl Reader {
    async fn new(address: SocketAddr, number: u32) -> Result<Self> {
        let mut seat = Seat::take(address, &format!("reader-{number}")).await?;
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
