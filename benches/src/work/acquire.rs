//! Acquiring a part and releasing it: two durable changes, each with its event and its entry in the audit log.

use anyhow::{Context, Result};
use http::Method;

use super::api::{Client, Exchange, Work};
use crate::client::{Credential, Hosts, Seat};
use crate::pending::Pending;

/// How many parts a client goes through.
const PARTS: u32 = 16;

/// Acquires a part and releases it, as who shows this.
pub struct AcquireRelease(pub Credential);

impl Work for AcquireRelease {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let (hosts, credential) = (hosts.of(number), self.0);
        Box::pin(async move {
            let mut editor = Editor::open(&hosts, number).await?;
            editor.seat.show(credential).await?;
            Ok(Box::new(editor) as Box<dyn Client>)
        })
    }
}

/// One who acquires and releases parts of its own.
pub struct Editor {
    seat: Seat,
    number: u32,
    turn: u32,
}

impl Editor {
    /// The one of this number.
    pub async fn open(hosts: &Hosts, number: u32) -> Result<Self> {
        let seat = Seat::take(hosts, &format!("editor-{number}")).await?;
        Ok(Self { seat, number, turn: 0 })
    }

    /// Acquires the next part: the path of the session, and the times of the request.
    pub async fn acquire(&mut self) -> Result<(String, Exchange)> {
        let part = self.next_part();
        Exchange::of(self.seat.acquire(&part)).await
    }

    /// Releases a session.
    pub async fn release(&mut self, session: &str) -> Result<Exchange> {
        let releasing = async {
            self.seat.call(&Method::DELETE, session, None).await?.expect(&[204]).context("releasing").map(drop)
        };
        Ok(Exchange::of(releasing).await?.1)
    }

    /// The status that reading a session is answered with.
    pub async fn look(&mut self, session: &str) -> Result<u16> {
        Ok(self.seat.call(&Method::GET, session, None).await?.status)
    }

    fn next_part(&mut self) -> String {
        self.turn = (self.turn + 1) % PARTS;
        format!("EDIT-{}-{}", self.number, self.turn)
    }
}

impl Client for Editor {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let (session, acquired) = self.acquire().await?;
            Ok(vec![acquired, self.release(&session).await?])
        })
    }
}
