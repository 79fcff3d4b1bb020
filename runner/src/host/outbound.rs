//! Requests that components send: to whom they may, without following redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks, default_send_request};

use crate::hosts::AllowedHosts;

/// How long a connection may take to be made, and how long the other side may say nothing, unless a component is less patient.
const PATIENCE: Duration = Duration::from_secs(30);

/// What sends a component's requests.
pub struct OutboundHttp {
    allowed: Arc<AllowedHosts>,
}

impl OutboundHttp {
    /// Sends requests to these hosts.
    pub fn new(allowed: Arc<AllowedHosts>) -> Self {
        Self { allowed }
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
        if !self.allowed.allow_http(&request.uri().to_string()) {
            return Box::new(async { Err(ErrorCode::HttpRequestDenied.into()) });
        }
        let patience = |own: Option<Duration>| Some(own.unwrap_or(PATIENCE).min(PATIENCE));
        let options = RequestOptions {
            connect_timeout: patience(options.and_then(|options| options.connect_timeout)),
            first_byte_timeout: patience(options.and_then(|options| options.first_byte_timeout)),
            between_bytes_timeout: patience(options.and_then(|options| options.between_bytes_timeout)),
        };
        Box::new(async move {
            let (response, sending) = default_send_request(request, Some(options)).await?;
            let sending: Boxed<Result<(), ErrorCode>> = Box::new(sending);
            Ok((response.map(BodyExt::boxed_unsync), sending))
        })
    }
}
