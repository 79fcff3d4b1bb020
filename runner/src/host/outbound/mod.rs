//! Requests that components send: to whom they may, without following redirects, and without a proxy.
//!
//! A host that a pattern names is connected to wherever it is. One that only fits `*` is anybody, and then no address inside is
//! connected to, whatever the name resolves to at that moment: as in Spin with `block_networks = ["private", …]`.

mod body;
mod connect;
mod neighbours;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks};

use self::body::{Driver, ResponseBody};
pub use self::neighbours::Neighbours;
pub use self::tls::Tls;
use crate::hosts::{AllowedHosts, Reach};

/// How long a connection may take to be made, and how long the other side may say nothing, unless a component is less patient.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest head of a response, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What sends a component's requests.
pub struct OutboundHttp {
    allowed: Arc<AllowedHosts>,
    neighbours: Arc<Neighbours>,
    tls: Tls,
}

impl OutboundHttp {
    /// Sends requests to these hosts; to other components where one of them is meant.
    pub fn new(allowed: Arc<AllowedHosts>, neighbours: Arc<Neighbours>, tls: Tls) -> Self {
        Self { allowed, neighbours, tls }
    }
}

type Boxed<T> = Box<dyn Future<Output = T> + Send>;
type Body = UnsyncBoxBody<Bytes, ErrorCode>;
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
        let (neighbours, tls, patience) = (Arc::clone(&self.neighbours), self.tls.clone(), Patience::of(options));
        Box::new(async move {
            let response = match neighbours::meant(request.uri()) {
                Some(component) => neighbours.call(&component, request).await,
                None => send(request, reach, &tls, patience).await,
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

async fn send(
    mut request: http::Request<Body>,
    reach: Reach,
    tls: &Tls,
    patience: Patience,
) -> Result<http::Response<Body>, ErrorCode> {
    let connecting = connect::connect(request.uri(), reach, tls);
    let stream = timeout(patience.connection, connecting).await.map_err(|_| ErrorCode::ConnectionTimeout)??;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| ErrorCode::HttpProtocolError)?;
    let driver = Driver::start(async { _ = connection.await });
    address_server(&mut request)?;
    let response = timeout(patience.first_byte, sender.send_request(request)).await;
    let response = response.map_err(|_| ErrorCode::ConnectionReadTimeout)?.map_err(|error| body::error_of(&error))?;
    Ok(response.map(|body| ResponseBody::new(body, driver, patience.next_bytes).boxed_unsync()))
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
