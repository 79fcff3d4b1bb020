//! Others who wait, and get no news.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Error, Result, bail};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::room::{Arrival, Counts};

/// How far apart they come: a thousand of them within a second.
const APART: Duration = Duration::from_millis(1);

/// How many connect at once.
const CONNECTING: usize = 32;

/// Those who wait. They go when this is dropped.
pub struct Crowd {
    outside: Vec<Arrival>,
    inside: Vec<JoinHandle<Error>>,
    counts: Arc<Counts>,
}

impl Crowd {
    /// A crowd of these, none of whom is there yet.
    pub fn new(outside: Vec<Arrival>, counts: Arc<Counts>) -> Self {
        Self { outside, inside: Vec::new(), counts }
    }

    /// Lets so many of them come that this many are there; without a number, all.
    pub async fn come(&mut self, until: Option<usize>) -> Result<()> {
        let missing = until.map_or(self.outside.len(), |until| until.saturating_sub(self.inside.len()));
        let begun = Instant::now();
        let outside = self.outside.drain(..missing.min(self.outside.len())).zip(0..);
        let in_turn = outside.map(|(arrival, number)| async move {
            sleep_until(begun + APART * number).await;
            arrival.await
        });
        let coming = stream::iter(in_turn).buffer_unordered(CONNECTING);
        let tasks: Vec<_> = coming.map_ok(tokio::spawn).try_collect().await?;
        self.inside.extend(tasks);
        Ok(())
    }

    /// What they were answered so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Checks that all of them wait still.
    pub fn check(&mut self) -> Result<()> {
        match self.inside.iter_mut().find(|task| task.is_finished()) {
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
        self.inside.iter().for_each(JoinHandle::abort);
    }
}
