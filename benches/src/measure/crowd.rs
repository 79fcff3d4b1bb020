//! Other workstations that wait for events, none of which comes.

use std::net::SocketAddr;

use anyhow::{Error, Result, bail};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;

use crate::http::text;
use crate::seat::{Identity, Seat};

/// How many register at once: more would only wait for each other's transactions.
const REGISTERING: usize = 4;

/// How many connect at once.
const CONNECTING: usize = 32;

/// How long they wait for an event before they ask again, in seconds: the longest that the contract allows.
const WAIT: u32 = 60;

/// Registers this many workstations, each of a user of its own.
pub async fn register(address: SocketAddr, count: u32) -> Result<Vec<Identity>> {
    let registering = (0..count).map(|number| async move {
        let seat = Seat::take(address, &format!("bystander-{number}")).await?;
        Ok(seat.identity().clone())
    });
    stream::iter(registering).buffer_unordered(REGISTERING).try_collect().await
}

/// Workstations that wait. They go when this is dropped.
pub struct Crowd(Vec<JoinHandle<Error>>);

impl Crowd {
    /// Lets them wait, each on a connection of its own.
    pub async fn gather(address: SocketAddr, identities: Vec<Identity>) -> Result<Self> {
        let connecting = identities.into_iter().map(|identity| Seat::resume(address, identity));
        let waiting = stream::iter(connecting).buffer_unordered(CONNECTING);
        waiting.map_ok(|seat| tokio::spawn(wait(seat))).try_collect().await.map(Self)
    }

    /// Checks that all of them wait still.
    pub fn check(&mut self) -> Result<()> {
        match self.0.iter_mut().find(|task| task.is_finished()) {
            Some(task) => match task.now_or_never() {
                Some(Ok(error)) => Err(error.context("one of those who wait was sent away")),
                _ => bail!("one of those who wait is gone"),
            },
            None => Ok(()),
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Waits on and on; returns why it can't any longer.
async fn wait(mut seat: Seat) -> Error {
    let mut cursor = None;
    loop {
        match poll(&mut seat, cursor.as_deref()).await {
            Ok(next) => cursor = Some(next),
            Err(error) => return error,
        }
    }
}

async fn poll(seat: &mut Seat, cursor: Option<&str>) -> Result<String> {
    text(&seat.events(cursor, WAIT).await?, "cursor")
}
