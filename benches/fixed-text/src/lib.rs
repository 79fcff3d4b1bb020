//! Answers a fixed text: the least that a component on the same runner can do.

#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, reason = "`http_service` writes the exports here")]

use spin_sdk::http::{FullBody, Request, Response};
use spin_sdk::http_service;

const TEXT: &str = "as always\n";

/// With a length, as Baton's own answers: without one it would go out in chunks.
#[http_service]
async fn handle(_: Request) -> Response<FullBody<&'static [u8]>> {
    let mut response = Response::new(FullBody::new(TEXT.as_bytes()));
    response.headers_mut().insert("content-type", "text/plain".parse().expect("a header value"));
    response.headers_mut().insert("content-length", TEXT.len().into());
    response
}
