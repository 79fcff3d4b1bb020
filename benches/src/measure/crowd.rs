//! Other workstations that wait for events, none of which comes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Error, Result, bail};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::http::text;
use crate::seat::{Identity, Poll, Seat};

/// How many register at once: more would only wait for each other's transactions.
const REGISTERING: usize = 4;

/// How many connect at once.
const CONNECTING: usize = 32;

/// How long they wait for an event before they ask again, in seconds: the longest that the contract allows.
const WAIT: u32 = 60;

/// When one who was refused asks again. The server says so too; the same for all keeps what it does comparable.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Registers this many workstations, each of a user of its own.
pub async fn register(address: SocketAddr, count: u32) -> Result<Vec<Identity>> {
    let registering = (0..count).map(|number| async move {
        let seat = Seat::take(address, &format!("bystander-{number}")).await?;
        Ok(seat.identity().clone())
    });
    stream::iter(registering).buffer_unordered(REGISTERING).try_collect().await
}

/// Workstations that wait. They go when this is dropped.
pub struct Crowd {
    tasks: Vec<JoinHandle<Error>>,
    refusals: Arc<AtomicU32>,
}

impl Crowd {
    /// Lets them wait, each on a connection of its own.
    pub async fn gather(address: SocketAddr, identities: Vec<Identity>) -> Result<Self> {
        let refusals = Arc::new(AtomicU32::new(0));
        let connecting = identities.into_iter().map(|identity| Seat::resume(address, identity));
        let seats = stream::iter(connecting).buffer_unordered(CONNECTING);
        let tasks = seats.map_ok(|seat| tokio::spawn(wait(seat, Arc::clone(&refusals)))).try_collect().await?;
        Ok(Self { tasks, refusals })
    }

    /// How often one of them was answered with 503 and had to ask again.
    pub fn refusals(&self) -> u32 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Checks that all of them wait still.
    pub fn check(&mut self) -> Result<()> {
        match self.tasks.iter_mut().find(|task| task.is_finished()) {
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
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Waits on and on; returns why it can't any longer.
async fn wait(mut seat: Seat, refusals: Arc<AtomicU32>) -> Error {
    let mut cursor = None;
    loop {
        match seat.poll(cursor.as_deref(), WAIT).await {
            Ok(Poll::Answered(events)) => match text(&events, "cursor") {
                Ok(next) => cursor = Some(next),
                Err(error) => return error,
            },
            Ok(Poll::Refused) => {
                refusals.fetch_add(1, Ordering::Relaxed);
                sleep(ASK_AGAIN).await;
            }
            Err(error) => return error,
        }
    }
}
