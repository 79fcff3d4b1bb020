//! Responses as components read them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

/// What drives a connection; it ends with this.
pub struct Driver(JoinHandle<()>);

impl Driver {
    /// Drives a connection.
    pub fn start(connection: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(connection))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of a response. Its connection ends with it, so that nobody reads what nobody wants.
pub struct ResponseBody {
    incoming: Incoming,
    _driver: Driver,
    patience: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl ResponseBody {
    /// A body of which some has to come within `patience` each time.
    pub fn new(incoming: Incoming, driver: Driver, patience: Duration) -> Self {
        Self { incoming, _driver: driver, patience, sleep: Box::pin(sleep(patience)) }
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
