//! Connections, and those that are kept for further requests: whoever sends many to the same host makes one for several.
//!
//! A kept one is used where the name resolves to its address at that moment as well, and where that may be connected to: it is
//! judged as if it was made now.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::connect::{Destination, Peer, Stream};

/// How many connections are kept at most, in all and to one host.
const KEPT_MAX: usize = 256;
const KEPT_OF_HOST_MAX: usize = 32;

/// How long one is kept that nobody uses.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// The largest head of a response, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What a request or response carries.
pub type Body = UnsyncBoxBody<Bytes, ErrorCode>;

/// A connection that carries one request at a time. It ends with this.
pub struct Connection {
    peer: Peer,
    sender: SendRequest<Body>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Speaks HTTP/1.1 with a peer.
    pub async fn over(peer: Peer, stream: Box<dyn Stream>) -> Result<Self, ErrorCode> {
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| ErrorCode::HttpProtocolError)?;
        let driver = tokio::spawn(async { _ = connection.await });
        Ok(Self { peer, sender, driver })
    }

    /// Sends a request, and waits for the head of the response.
    pub async fn send(&mut self, request: http::Request<Body>) -> hyper::Result<http::Response<Incoming>> {
        self.sender.send_request(request).await
    }
}

/// Whether a connection broke before there was an answer: it may have been given up by the other side meanwhile.
pub fn is_broken(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    let broken = [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted, io::ErrorKind::BrokenPipe];
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || cause.is_some_and(|cause| broken.contains(&cause.kind()))
}

/// Connections that nobody uses at the moment.
#[derive(Default)]
pub struct Kept {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// With the time since which they are idle, the longest first.
    connections: VecDeque<(Instant, Connection)>,
    /// Whether somebody sees to it that they end.
    is_swept: bool,
}

impl Kept {
    /// One that leads where a request goes, if there is one.
    pub async fn take(&self, destination: &Destination) -> Option<Connection> {
        while let Some(mut connection) = self.newest(destination) {
            // The other side may have ended it meanwhile.
            if connection.sender.ready().await.is_ok() {
                return Some(connection);
            }
        }
        None
    }

    fn newest(&self, destination: &Destination) -> Option<Connection> {
        let mut idle = self.lock();
        let fits = |(since, kept): &(Instant, Connection)| since.elapsed() < IDLE_MAX && destination.is(&kept.peer);
        let index = idle.connections.iter().rposition(fits)?;
        idle.connections.remove(index).map(|(_, connection)| connection)
    }

    /// Keeps a connection whose last response has been read to its end.
    pub fn keep(self: &Arc<Self>, connection: Connection) {
        let mut idle = self.lock();
        let of_host = idle.connections.iter().filter(|(_, kept)| kept.peer == connection.peer).count();
        if of_host >= KEPT_OF_HOST_MAX || connection.sender.is_closed() {
            return;
        }
        if idle.connections.len() >= KEPT_MAX {
            idle.connections.pop_front();
        }
        idle.connections.push_back((Instant::now(), connection));
        if !std::mem::replace(&mut idle.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Ends those that have been idle for so long; false if none is left.
    fn end_idle(&self, since_max: Duration) -> bool {
        let mut idle = self.lock();
        idle.connections.retain(|(since, kept)| since.elapsed() < since_max && !kept.sender.is_closed());
        idle.is_swept = !idle.connections.is_empty();
        idle.is_swept
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends idle connections as long as there are any.
async fn sweep(kept: Weak<Kept>) {
    loop {
        sleep(IDLE_MAX / 4).await;
        if !kept.upgrade().is_some_and(|kept| kept.end_idle(IDLE_MAX)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::hosts::Reach;

    /// A connection to a server that holds it, and where it leads.
    async fn connection(listener: &TcpListener, held: &mut Vec<TcpStream>) -> (Destination, Connection) {
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let destination = Destination::of(&url, Reach::Named).await.unwrap();
        let tls = super::super::Tls::new(None).unwrap();
        let (peer, stream) = destination.connect(&tls).await.unwrap();
        held.push(listener.accept().await.unwrap().0);
        (destination, Connection::over(peer, stream).await.unwrap())
    }

    #[tokio::test]
    async fn one_is_used_only_where_it_leads() {
        let listeners =
            [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
        let (kept, mut held) = (Arc::new(Kept::default()), Vec::new());
        let (here, connected) = connection(&listeners[0], &mut held).await;
        let (there, _) = connection(&listeners[1], &mut held).await;
        kept.keep(connected);
        assert!(kept.take(&there).await.is_none());
        assert!(kept.take(&here).await.is_some());
        assert!(kept.take(&here).await.is_none(), "it is in use");
    }

    #[tokio::test]
    async fn a_name_that_resolves_elsewhere_now_has_none() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (kept, mut held) = (Arc::new(Kept::default()), Vec::new());
        let (mut destination, connected) = connection(&listener, &mut held).await;
        kept.keep(connected);
        let address = std::mem::replace(&mut destination.addresses, vec!["8.8.8.8:80".parse().unwrap()]);
        assert!(kept.take(&destination).await.is_none());
        destination.addresses = address;
        destination.is_secure = true;
        assert!(kept.take(&destination).await.is_none(), "one without TLS is none with it");
    }

    #[tokio::test]
    async fn what_the_other_side_has_ended_is_not_used() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (kept, mut held) = (Arc::new(Kept::default()), Vec::new());
        let (destination, connected) = connection(&listener, &mut held).await;
        kept.keep(connected);
        held.clear();
        while !kept.lock().connections[0].1.sender.is_closed() {
            tokio::task::yield_now().await;
        }
        assert!(kept.take(&destination).await.is_none());
    }

    #[tokio::test]
    async fn they_are_bounded_in_number_and_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (kept, mut held) = (Arc::new(Kept::default()), Vec::new());
        for _ in 0..KEPT_OF_HOST_MAX + 3 {
            let (_, connected) = connection(&listener, &mut held).await;
            kept.keep(connected);
        }
        assert_eq!(kept.lock().connections.len(), KEPT_OF_HOST_MAX);
        assert!(kept.end_idle(IDLE_MAX), "they are new");
        assert!(!kept.end_idle(Duration::ZERO));
        assert!(kept.lock().connections.is_empty());
    }
}
