//! Whether a connection is used, so that one on which nothing happens doesn't stay.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;
use wasmtime::Error;

use super::body::ResponseBody;

/// The requests of a connection.
pub struct Activity(Mutex<State>);

struct State {
    /// Requests without the whole of their response.
    requests: usize,
    /// Whether there has been one.
    has_spoken: bool,
    /// When the last one was done, or the connection was made.
    idle_since: Instant,
}

/// A request, until this is dropped.
pub struct Busy(Arc<Activity>);

impl Activity {
    /// A new connection.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { requests: 0, has_spoken: false, idle_since: Instant::now() })))
    }

    /// A request begins.
    pub fn begin(self: &Arc<Self>) -> Busy {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.requests += 1;
        state.has_spoken = true;
        Busy(Arc::clone(self))
    }

    /// Waits until nothing has happened for a time: `first` before the first request, `later` after that.
    pub async fn idle_for(&self, first: Duration, later: Duration) {
        loop {
            let deadline = {
                let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let patience = if state.has_spoken { later } else { first };
                // Who is busy now is looked at again when that could have ended just now.
                if state.requests > 0 { Instant::now() + patience } else { state.idle_since + patience }
            };
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.requests -= 1;
        state.idle_since = Instant::now();
    }
}

/// The body of a response, with which its request is done.
pub struct BusyBody {
    /// The body.
    pub body: ResponseBody,
    /// Its request.
    pub _busy: Busy,
}

impl Body for BusyBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
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
