//! Acquiring a part and releasing it: two durable changes, each with its event and its entry in the audit log.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use http::Method;

use super::{Client, Exchange, Work};
use crate::pending::Pending;
use crate::seat::Seat;

/// How many parts a client goes through.
const PARTS: u32 = 16;

/// Acquires a part and releases it.
pub struct AcquireRelease;

impl Work for AcquireRelease {
    fn client(&self, address: SocketAddr, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        Box::pin(async move {
            let seat = Seat::take(address, &format!("editor-{number}")).await?;
            Ok(Box::new(Editor { seat, number, turn: 0 }) as Box<dyn Client>)
        })
    }
}

struct Editor {
    seat: Seat,
    number: u32,
    turn: u32,
}

impl Editor {
    fn next_part(&mut self) -> String {
        self.turn = (self.turn + 1) % PARTS;
        format!("EDIT-{}-{}", self.number, self.turn)
    }

    async fn release(&mut self, session: &str) -> Result<()> {
        self.seat.call(&Method::DELETE, session, None).await?.expect(&[204]).context("releasing").map(drop)
    }
}

impl Client for Editor {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let part = self.next_part();
            let (session, acquired) = Exchange::of(self.seat.acquire(&part)).await?;
            let ((), released) = Exchange::of(self.release(&session)).await?;
            Ok(vec![acquired, released])
        })
    }
}
