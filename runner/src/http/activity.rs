//! Whether a connection is used, so that one on which nothing happens doesn't stay.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;
use wasmtime::Error;

use super::body::ResponseBody;
use super::pace::BYTES_PER_SECOND;

/// The requests of a connection.
pub struct Activity(Mutex<State>);

struct State {
    /// Requests without the whole of their response.
    requests: usize,
    /// Whether there has been one.
    has_spoken: bool,
    /// When the last one was done, or the connection was made.
    idle_since: Instant,
    /// The requests that have given a part of their response and not been asked for the next one, and until when it may be on its
    /// way.
    handed: BTreeMap<u64, Instant>,
    next_number: u64,
}

/// A request, until this is dropped.
pub struct Busy {
    activity: Arc<Activity>,
    number: u64,
}

impl Activity {
    /// A new connection.
    pub fn new() -> Arc<Self> {
        let (idle_since, handed) = (Instant::now(), BTreeMap::new());
        Arc::new(Self(Mutex::new(State { requests: 0, has_spoken: false, idle_since, handed, next_number: 0 })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins.
    pub fn begin(self: &Arc<Self>) -> Busy {
        let mut state = self.state();
        state.requests += 1;
        state.has_spoken = true;
        state.next_number += 1;
        Busy { activity: Arc::clone(self), number: state.next_number }
    }

    /// Waits until nothing has happened for a time: `first` before the first request, `later` after that.
    pub async fn idle_for(&self, first: Duration, later: Duration) {
        loop {
            let deadline = {
                let state = self.state();
                let patience = if state.has_spoken { later } else { first };
                // Who is busy now is looked at again when that could have ended just now.
                if state.requests > 0 { Instant::now() + patience } else { state.idle_since + patience }
            };
            if deadline <= Instant::now() {
                return;
            }
            // The first request may begin meanwhile, and then another patience counts.
            tokio::time::sleep_until(deadline.min(Instant::now() + first.min(later))).await;
        }
    }

    /// Waits until a client has taken nothing of a response for a time, though the connection stands: on HTTP/2 each response has
    /// a window of its own (RFC 9113, section 5.2).
    pub async fn stalled_for(&self, patience: Duration) {
        loop {
            let now = Instant::now();
            let oldest = self.state().handed.values().min().copied();
            let deadline = oldest.unwrap_or(now) + patience;
            if deadline <= now {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

impl Busy {
    /// The next part of the response is asked for.
    fn note_asked(&self) {
        self.activity.state().handed.remove(&self.number);
    }

    /// A part of the response is given, of so many bytes.
    fn note_handed(&self, bytes: usize) {
        let time = Duration::from_secs(bytes as u64 / BYTES_PER_SECOND);
        self.activity.state().handed.insert(self.number, Instant::now() + time);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.handed.remove(&self.number);
        state.requests -= 1;
        state.idle_since = Instant::now();
    }
}

/// The body of a response, with which its request is done.
pub struct BusyBody {
    /// The body.
    pub body: ResponseBody,
    /// Its request.
    pub busy: Busy,
}

impl Body for BusyBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.busy.note_asked();
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.busy.note_handed(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(3600);

    async fn ends(activity: &Activity, first: Duration, later: Duration) -> bool {
        tokio::time::timeout(SHORT * 20, activity.idle_for(first, later)).await.is_ok()
    }

    #[tokio::test]
    async fn only_who_is_not_asked_for_more_is_stalled() {
        let activity = Activity::new();
        let stalls = || async { tokio::time::timeout(SHORT * 20, activity.stalled_for(SHORT)).await.is_ok() };
        let (one, other) = (activity.begin(), activity.begin());
        assert!(!stalls().await, "neither has given anything");
        one.note_handed(100);
        other.note_handed(1_000_000);
        assert!(stalls().await);
        one.note_asked();
        assert!(!stalls().await, "so much is on its way for long");
        one.note_handed(100);
        other.note_asked();
        assert!(stalls().await);
        drop(one);
        assert!(!stalls().await);
    }

    #[tokio::test]
    async fn only_who_does_nothing_is_idle() {
        let activity = Activity::new();
        assert!(ends(&activity, SHORT, LONG).await);
        let busy = activity.begin();
        assert!(!ends(&activity, SHORT, SHORT).await);
        drop(busy);
        assert!(!ends(&activity, SHORT, LONG).await);
        assert!(ends(&activity, LONG, SHORT).await);
    }
}
