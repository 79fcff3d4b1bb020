//! Responses as components read them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::kept::{Connection, Kept};

/// The body of a response. Its connection is kept when all of it has been read, and else ends with it, so that nobody reads what
/// nobody wants.
pub struct ResponseBody {
    incoming: Incoming,
    connection: Option<Connection>,
    kept: Arc<Kept>,
    patience: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl ResponseBody {
    /// A body of which some has to come within `patience` each time.
    pub fn new(incoming: Incoming, connection: Connection, kept: Arc<Kept>, patience: Duration) -> Self {
        let sleep = Box::pin(sleep(patience));
        let mut body = Self { incoming, connection: Some(connection), kept, patience, sleep };
        if body.incoming.is_end_stream() {
            body.keep_connection();
        }
        body
    }

    fn keep_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.kept.keep(connection);
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        match Pin::new(&mut self.incoming).poll_frame(context) {
            Poll::Ready(frame) => {
                let deadline = Instant::now() + self.patience;
                self.sleep.as_mut().reset(deadline);
                let is_over = match &frame {
                    Some(Ok(_)) => self.incoming.is_end_stream(),
                    Some(Err(_)) => false,
                    None => true,
                };
                if is_over {
                    self.keep_connection();
                }
                Poll::Ready(frame.map(|frame| frame.map_err(|error| error_of(&error))))
            }
            Poll::Pending => self.sleep.as_mut().poll(context).map(|()| Some(Err(ErrorCode::ConnectionReadTimeout))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// What has gone wrong, for a component.
pub fn error_of(error: &hyper::Error) -> ErrorCode {
    if error.is_timeout() {
        ErrorCode::HttpResponseTimeout
    } else if error.is_incomplete_message() {
        ErrorCode::HttpResponseIncomplete
    } else {
        ErrorCode::HttpProtocolError
    }
}
