//! Requests that components send: to whom they may, without following redirects, and without a proxy.
//!
//! A host that a pattern names is connected to wherever it is. One that only fits `*` is anybody, and then no address inside is
//! connected to, whatever the name resolves to at that moment: as in Spin with `block_networks = ["private", …]`.

mod body;
mod connect;
mod kept;
mod neighbours;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use http_body::Body as _;
use http_body_util::{BodyExt, Full, Limited};
use tokio::time::timeout;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks};

use self::body::ResponseBody;
use self::connect::Destination;
use self::kept::{Body, Connection, Kept};
pub use self::neighbours::Neighbours;
pub use self::tls::Tls;
use crate::hosts::{AllowedHosts, Reach};

/// How long a connection may take to be made, and how long the other side may say nothing, unless a component is less patient.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest body of a request that is held so that it can be sent again, in bytes.
const REPEATED_BYTES_MAX: usize = 64 * 1024;

/// What sends a component's requests.
pub struct OutboundHttp {
    allowed: Arc<AllowedHosts>,
    neighbours: Arc<Neighbours>,
    connections: Connections,
}

/// How other hosts are connected to.
#[derive(Clone)]
pub struct Connections {
    tls: Tls,
    kept: Arc<Kept>,
}

impl Connections {
    /// Those that are made are secured so.
    pub fn new(tls: Tls) -> Self {
        Self { tls, kept: Arc::default() }
    }
}

impl OutboundHttp {
    /// Sends requests to these hosts; to other components where one of them is meant.
    pub fn new(allowed: Arc<AllowedHosts>, neighbours: Arc<Neighbours>, connections: Connections) -> Self {
        Self { allowed, neighbours, connections }
    }
}

type Boxed<T> = Box<dyn Future<Output = T> + Send>;
type Sent = (http::Response<Body>, Boxed<Result<(), ErrorCode>>);

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: http::Request<Body>,
        options: Option<RequestOptions>,
        _: Boxed<Result<(), ErrorCode>>,
    ) -> Boxed<Result<Sent, TrappableError<ErrorCode>>> {
        let Some(reach) = self.allowed.reach(&request.uri().to_string()) else {
            return Box::new(async { Err(ErrorCode::HttpRequestDenied.into()) });
        };
        let (neighbours, connections) = (Arc::clone(&self.neighbours), self.connections.clone());
        let patience = Patience::of(options);
        Box::new(async move {
            let response = match neighbours::meant(request.uri()) {
                Some(component) => neighbours.call(&component, request).await,
                None => connections.send(request, reach, patience).await,
            };
            let done: Boxed<Result<(), ErrorCode>> = Box::new(async { Ok(()) });
            Ok((response?, done))
        })
    }
}

/// How long is waited for what.
#[derive(Clone, Copy)]
struct Patience {
    connection: Duration,
    first_byte: Duration,
    next_bytes: Duration,
}

impl Patience {
    fn of(options: Option<RequestOptions>) -> Self {
        let bounded = |own: Option<Duration>| own.unwrap_or(PATIENCE).min(PATIENCE);
        Self {
            connection: bounded(options.and_then(|options| options.connect_timeout)),
            first_byte: bounded(options.and_then(|options| options.first_byte_timeout)),
            next_bytes: bounded(options.and_then(|options| options.between_bytes_timeout)),
        }
    }
}

impl Connections {
    /// Sends a request. One that may be repeated goes over a kept connection if there is one, and once more over a new one where
    /// that breaks without an answer.
    async fn send(
        &self,
        mut request: http::Request<Body>,
        reach: Reach,
        patience: Patience,
    ) -> Result<http::Response<Body>, ErrorCode> {
        let late = |_| ErrorCode::ConnectionTimeout;
        let resolving = timeout(patience.connection, Destination::of(request.uri(), reach));
        let destination = resolving.await.map_err(late)??;
        address_server(&mut request)?;
        if let Some(length) = repeatable(&request) {
            let (head, body) = whole(request, length).await?;
            let made = || http::Request::from_parts(head.clone(), body.clone());
            if let Some(kept) = self.kept.take(&destination).await {
                match self.exchange(kept, made().map(boxed), patience).await {
                    Err(Failure::Broken(_)) => {}
                    answered => return answered.map_err(Failure::code),
                }
            }
            request = made().map(boxed);
        }
        let connecting = timeout(patience.connection, destination.connect(&self.tls));
        let (peer, stream) = connecting.await.map_err(late)??;
        let connection = Connection::over(peer, stream).await?;
        self.exchange(connection, request, patience).await.map_err(Failure::code)
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        request: http::Request<Body>,
        patience: Patience,
    ) -> Result<http::Response<Body>, Failure> {
        let response = timeout(patience.first_byte, connection.send(request)).await;
        let response = response.map_err(|_| Failure::Other(ErrorCode::ConnectionReadTimeout))?;
        let response = response.map_err(|error| Failure::of(&error))?;
        let kept = Arc::clone(&self.kept);
        Ok(response.map(|body| ResponseBody::new(body, connection, kept, patience.next_bytes).boxed_unsync()))
    }
}

/// Why there is no response.
enum Failure {
    /// The connection broke before there was any.
    Broken(ErrorCode),
    /// Anything else.
    Other(ErrorCode),
}

impl Failure {
    fn of(error: &hyper::Error) -> Self {
        let code = body::error_of(error);
        if kept::is_broken(error) { Self::Broken(code) } else { Self::Other(code) }
    }

    fn code(self) -> ErrorCode {
        match self {
            Self::Broken(code) | Self::Other(code) => code,
        }
    }
}

/// The length of a request's body, where it does no harm if the request comes twice, and it is small enough to be held for that: its
/// method is idempotent (RFC 9110, 9.2.2), or it says by an id of its own which one it is (Standard Webhooks).
fn repeatable(request: &http::Request<Body>) -> Option<usize> {
    let length = match request.headers().get(CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok()?,
        None if request.body().is_end_stream() => 0,
        None => return None,
    };
    let has_id = request.headers().contains_key("webhook-id");
    (length <= REPEATED_BYTES_MAX && (request.method().is_idempotent() || has_id)).then_some(length)
}

/// Reads all of a body, which is to be so long.
async fn whole(request: http::Request<Body>, length: usize) -> Result<(http::request::Parts, Bytes), ErrorCode> {
    let (head, body) = request.into_parts();
    let other_size = |size: usize| ErrorCode::HttpRequestBodySize(u64::try_from(size).ok());
    let bytes = Limited::new(body, length).collect().await.map_err(|_| other_size(length + 1))?.to_bytes();
    if bytes.len() == length { Ok((head, bytes)) } else { Err(other_size(bytes.len())) }
}

fn boxed(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// A server, other than a proxy, is told the path alone, and the host in a header.
fn address_server(request: &mut http::Request<Body>) -> Result<(), ErrorCode> {
    let uri = request.uri();
    let authority = uri.authority().ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let host = match (authority.port_u16(), uri.scheme()) {
        (Some(443), Some(scheme)) if *scheme == Scheme::HTTPS => authority.host(),
        (Some(80), Some(scheme)) if *scheme == Scheme::HTTP => authority.host(),
        _ => authority.as_str(),
    };
    let host = HeaderValue::from_str(host).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    request.headers_mut().insert(HOST, host);
    *request.uri_mut() = Uri::from(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::Method;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const BODY: &str = "hello";

    /// A server that answers on each connection so many requests, takes one more, and ends the connection.
    struct Server {
        url: String,
        connections: Arc<AtomicUsize>,
        requests: Arc<AtomicUsize>,
    }

    impl Server {
        async fn that_answers(on_each_connection: usize) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let server = Self { url, connections: Arc::clone(&connections), requests: Arc::clone(&requests) };
            tokio::spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    connections.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(answer(stream, on_each_connection, Arc::clone(&requests)));
                }
            });
            server
        }

        fn seen(&self) -> (usize, usize) {
            (self.connections.load(Ordering::Relaxed), self.requests.load(Ordering::Relaxed))
        }
    }

    async fn answer(mut stream: TcpStream, count: usize, requests: Arc<AtomicUsize>) {
        for number in 0..=count {
            let mut bytes = Vec::new();
            while !bytes.ends_with(BODY.as_bytes()) {
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            requests.fetch_add(1, Ordering::Relaxed);
            if number < count {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            }
        }
    }

    fn request(url: &str, id: Option<&str>) -> http::Request<Body> {
        let built = http::Request::builder().method(Method::POST).uri(url).header(CONTENT_LENGTH, BODY.len());
        let built = id.into_iter().fold(built, |built, id| built.header("webhook-id", id));
        built.body(boxed(Bytes::from(BODY))).unwrap()
    }

    /// What a request comes to whose answer is read to its end.
    async fn sent(connections: &Connections, request: http::Request<Body>) -> Result<Bytes, ErrorCode> {
        let response = connections.send(request, Reach::Named, Patience::of(None)).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    fn connections() -> Connections {
        Connections::new(Tls::new(None).unwrap())
    }

    #[tokio::test]
    async fn a_connection_carries_many_requests() {
        let (server, connections) = (Server::that_answers(100).await, connections());
        for _ in 0..10 {
            assert_eq!(sent(&connections, request(&server.url, Some("1"))).await.unwrap(), "ok");
        }
        assert_eq!(server.seen(), (1, 10));
    }

    #[tokio::test]
    async fn a_kept_connection_that_breaks_is_no_failure() {
        let (server, connections) = (Server::that_answers(1).await, connections());
        sent(&connections, request(&server.url, Some("1"))).await.unwrap();
        assert_eq!(sent(&connections, request(&server.url, Some("2"))).await.unwrap(), "ok");
        assert_eq!(server.seen(), (2, 3), "the second request came twice");
    }

    #[tokio::test]
    async fn a_new_connection_that_breaks_is_one() {
        let (server, connections) = (Server::that_answers(0).await, connections());
        assert!(sent(&connections, request(&server.url, Some("1"))).await.is_err());
        assert_eq!(server.seen(), (1, 1));
    }

    #[tokio::test]
    async fn what_may_not_come_twice_has_a_connection_of_its_own() {
        let (server, connections) = (Server::that_answers(1).await, connections());
        for _ in 0..3 {
            sent(&connections, request(&server.url, None)).await.unwrap();
        }
        assert_eq!(server.seen(), (3, 3));
    }

    #[tokio::test]
    async fn an_answer_that_is_not_read_ends_its_connection() {
        let (server, connections) = (Server::that_answers(100).await, connections());
        for _ in 0..2 {
            drop(connections.send(request(&server.url, Some("1")), Reach::Named, Patience::of(None)).await.unwrap());
        }
        assert_eq!(server.seen(), (2, 2));
    }

    #[tokio::test]
    async fn a_body_of_another_length_is_refused() {
        let (server, connections) = (Server::that_answers(1).await, connections());
        for length in [BODY.len() - 1, BODY.len() + 1] {
            let mut request = request(&server.url, Some("1"));
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
            assert!(matches!(sent(&connections, request).await, Err(ErrorCode::HttpRequestBodySize(_))));
        }
        assert_eq!(server.seen(), (0, 0));
    }
}
