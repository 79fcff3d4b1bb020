//! Bodies of responses.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use wasmtime::Error;

use crate::shutdown::Stopping;

/// How long the head of a response waits for a body that is about to come.
const BODY_PATIENCE: Duration = Duration::from_millis(5);

/// A body that is sent.
pub type ResponseBody = UnsyncBoxBody<Bytes, Error>;

/// A body of one text.
pub fn text(text: impl Into<Bytes>) -> ResponseBody {
    http_body_util::Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Makes a component's response ready to be sent: an event stream ends when the server stops, as it has no other end;
/// the head of any other one waits a moment for the body's beginning, so that both leave in one segment.
pub async fn finish(response: Response<ResponseBody>, stopping: &Stopping) -> Response<ResponseBody> {
    if is_event_stream(&response) {
        let stopped = Box::pin(stopping.clone().wait());
        return response.map(|body| EventStream { body, stopped }.boxed_unsync());
    }
    if is_bodiless(&response) {
        return response;
    }
    let (head, mut body) = response.into_parts();
    let first = tokio::time::timeout(BODY_PATIENCE, body.frame()).await;
    let body = match first {
        Ok(first) => Begun { first, rest: body }.boxed_unsync(),
        Err(_) => body,
    };
    Response::from_parts(head, body)
}

fn is_event_stream(response: &Response<ResponseBody>) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"text/event-stream"))
}

fn is_bodiless(response: &Response<ResponseBody>) -> bool {
    let length = response.headers().get(CONTENT_LENGTH);
    matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || length.is_some_and(|length| length == "0")
}

/// A body whose first frame has been taken out.
struct Begun {
    first: Option<Result<Frame<Bytes>, Error>>,
    rest: ResponseBody,
}

impl Body for Begun {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.first {
            // What is left can't be told while a part of it is here; the content length says it anyway.
            Some(_) => SizeHint::default(),
            None => self.rest.size_hint(),
        }
    }
}

/// A body that ends when the server stops.
struct EventStream {
    body: ResponseBody,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.stopped.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => Pin::new(&mut self.body).poll_frame(context),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
