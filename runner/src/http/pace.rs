//! The body of a request, which must not come too slowly: a byte now and then would hold what waits for it for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};
use wasmtime_wasi_http::handler::ErrorCode;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode as BodyError;

/// How long a body may take however short it is.
pub const GRACE: Duration = Duration::from_secs(20);

/// How many bytes make up for a second more, as in Apache's `mod_reqtimeout`.
pub const BYTES_PER_SECOND: u64 = 500;

/// A body with a deadline that moves on with each byte.
pub struct PacedBody {
    body: Incoming,
    grace: Duration,
    begun: Instant,
    bytes: u64,
    deadline: Pin<Box<Sleep>>,
}

impl PacedBody {
    /// A body that begins now, and may take as long as `grace` however short it is.
    pub fn new(body: Incoming, grace: Duration) -> Self {
        let begun = Instant::now();
        Self { body, grace, begun, bytes: 0, deadline: Box::pin(sleep_until(begun + grace)) }
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
                self.bytes += data.map_or(0, |data| data.len() as u64);
                // For the most part the client has gone.
                Poll::Ready(frame.map(|frame| frame.map_err(|error| BodyError::from_hyper_request_error(error).into())))
            }
            Poll::Pending => {
                let deadline = self.begun + self.grace + Duration::from_secs(self.bytes / BYTES_PER_SECOND);
                if self.deadline.deadline() != deadline {
                    self.deadline.as_mut().reset(deadline);
                }
                match self.deadline.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::ConnectionReadTimeout.into()))),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
