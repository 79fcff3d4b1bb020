//! A client's connection: who says nothing, too much or nothing more, or takes nothing, doesn't keep it.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, BusyBody};
use super::body::ResponseBody;
use super::request::MAX_HEAD_BYTES;
use super::transport::Transport;
use crate::shutdown::Stopping;

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// To send the head of a request.
    head: Duration,
    /// To send the next request.
    idle: Duration,
    /// To take some more of a response.
    write: Duration,
    /// To say that it is still there, when it is asked on HTTP/2, which it is as often.
    ping: Duration,
    /// To close its idle connection when it is asked to.
    goodbye: Duration,
}

impl Timeouts {
    /// Those of a server.
    pub const DEFAULT: Self = Self {
        head: Duration::from_secs(30),
        idle: Duration::from_secs(75),
        write: Duration::from_secs(30),
        ping: Duration::from_secs(20),
        goodbye: Duration::from_secs(5),
    };
}

/// How large a head of HTTP/2 is read, so that one that is too large is answered by a document; a larger one is answered 431 alone.
const MAX_READ_HEAD_BYTES: u32 = 4 * MAX_HEAD_BYTES as u32;

/// Serves a connection to its end, or until nothing has happened on it for too long.
pub async fn serve<S, F, A>(stream: S, timeouts: Timeouts, answer: F, stopping: Stopping)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Incoming>) -> A,
    A: Future<Output = Response<ResponseBody>> + Send + 'static,
{
    let activity = Activity::new();
    let answering = service_fn(|request| {
        let (answered, busy) = (answer(request), activity.begin());
        async move { Ok::<_, Infallible>(answered.await.map(|body| BusyBody { body, busy })) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(timeouts.head).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_READ_HEAD_BYTES)
        .keep_alive_interval(timeouts.ping)
        .keep_alive_timeout(timeouts.ping);
    let transport = Transport::new(stream, timeouts.write);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(transport), answering));
    tokio::select! {
        // What goes wrong on a connection is its client's affair, who may just have gone.
        _ = &mut connection => return,
        () = activity.stalled_for(timeouts.write) => return,
        () = activity.idle_for(timeouts.head, timeouts.idle) => {
            connection.as_mut().graceful_shutdown();
            // An idle client that doesn't take the goodbye is left without it.
            _ = tokio::time::timeout(timeouts.goodbye, connection).await;
            return;
        }
        () = stopping.wait() => {}
    }
    connection.as_mut().graceful_shutdown();
    _ = connection.await;
}

#[cfg(test)]
mod tests;
