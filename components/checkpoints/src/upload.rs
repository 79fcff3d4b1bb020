//! Taking bytes in: chunk by chunk into the database, where nobody sees them until a statement keeps them.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use baton_core::auth::Caller;
use baton_core::db::Database;
use baton_core::id::new_id;
use baton_core::{Problem, Result, config, log};
use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256};

use crate::cutter::Cutter;
use crate::store;

/// The longest content type that is kept, in bytes.
const CONTENT_TYPE_MAX: usize = 200;

/// How many statements an upload has sweep up at most. Each deletes 16 MiB, and an upload brings 64 by default.
const SWEEPS_MAX: usize = 8;

/// The content type of bytes of which nobody says what they are.
const UNKNOWN: &str = "application/octet-stream";

/// Bytes that have come in whole.
#[derive(Debug)]
pub struct Blob {
    /// Names the bytes.
    pub id: String,
    /// How many there are.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// What they are.
    pub content_type: String,
}

/// Takes a request's body in: 413 if it is too large, 400 if it ends too early. Then nothing of it is left.
pub async fn receive(caller: &Caller, request: Request) -> Result<Blob> {
    let max_bytes = config::checkpoint_max_bytes().await?;
    let (parts, body) = request.into_parts();
    let declared = declared_length(&parts.headers);
    if declared.is_some_and(|length| length > max_bytes) {
        return Err(too_large(max_bytes));
    }
    make_room(caller).await?;
    let upload = Upload::new(max_bytes);
    let id = upload.id.clone();
    match upload.take_in(body, declared).await {
        Ok((size, sha256)) => Ok(Blob { id, size, sha256, content_type: content_type(&parts.headers) }),
        Err(problem) => {
            discard(&id).await;
            Err(problem)
        }
    }
}

/// Sweeps up what is of no use: more than an upload brings, so that it doesn't pile up.
async fn make_room(caller: &Caller) -> Result<()> {
    let database = Database::open().await?;
    for _ in 0..SWEEPS_MAX {
        if !store::sweep(&database, caller).await? {
            break;
        }
    }
    Ok(())
}

/// Deletes bytes that nothing has come of. If that fails too, they are swept up later.
pub async fn discard(blob_id: &str) {
    let discarded = async { store::discard(&Database::open().await?, blob_id).await };
    if let Err(problem) = discarded.await {
        log::line(format_args!("discarding an upload: {problem}"));
    }
}

/// An upload on its way in.
struct Upload {
    id: String,
    max_bytes: u64,
    size: u64,
    chunks: i64,
    digest: Sha256,
    cutter: Cutter,
}

impl Upload {
    fn new(max_bytes: u64) -> Self {
        let id = new_id().to_string();
        Self { id, max_bytes, size: 0, chunks: 0, digest: Sha256::new(), cutter: Cutter::default() }
    }

    /// Reads the body to its end: its size and its digest.
    async fn take_in(mut self, body: Body, declared: Option<u64>) -> Result<(u64, String)> {
        let mut frames = body.into_data_stream();
        while let Some(frame) = frames.next().await {
            self.take(frame.map_err(|_| incomplete())?).await?;
        }
        // A host may end a body that broke off like one that is whole.
        if declared.is_some_and(|length| length != self.size) {
            return Err(incomplete());
        }
        self.finish().await
    }

    async fn take(&mut self, mut frame: Bytes) -> Result<()> {
        self.size += frame.len() as u64;
        if self.size > self.max_bytes {
            return Err(too_large(self.max_bytes));
        }
        while !frame.is_empty() {
            if let Some(chunk) = self.cutter.take(&mut frame) {
                self.add(chunk).await?;
            }
        }
        Ok(())
    }

    /// Writes what is left: the last chunk, or the only and empty one of no bytes, which begins the blob all the same.
    async fn finish(mut self) -> Result<(u64, String)> {
        let rest = std::mem::take(&mut self.cutter).rest();
        if !rest.is_empty() || self.chunks == 0 {
            self.add(rest).await?;
        }
        Ok((self.size, hex(&self.digest.finalize())))
    }

    /// Writes a chunk. The connection is given back until the next one is there, which may take a while.
    async fn add(&mut self, chunk: Vec<u8>) -> Result<()> {
        self.digest.update(&chunk);
        let stands = store::add_chunk(&Database::open().await?, &self.id, self.chunks, chunk).await?;
        if !stands {
            return Err(Problem::bad_request("incomplete_body", "the body didn't come to its end within an hour"));
        }
        self.chunks += 1;
        Ok(())
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The content type as it was sent, if it can be sent again.
fn content_type(headers: &HeaderMap) -> String {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::trim);
    sent.filter(|text| (1..=CONTENT_TYPE_MAX).contains(&text.len())).unwrap_or(UNKNOWN).to_owned()
}

fn too_large(max_bytes: u64) -> Problem {
    let detail = format!("a draft or a checkpoint may hold {max_bytes} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
}

fn incomplete() -> Problem {
    Problem::bad_request("incomplete_body", "the body ended before it was complete")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_kept_if_it_can_be_sent_again() {
        let kept = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, axum::http::HeaderValue::from_bytes(value).unwrap());
            content_type(&headers)
        };
        assert_eq!(kept(b"model/step; version=AP242"), "model/step; version=AP242");
        assert_eq!(kept("x".repeat(200).as_bytes()), "x".repeat(200));
        for unfit in ["x".repeat(201).as_bytes(), b"", b"  ", b"caf\xe9"] {
            assert_eq!(kept(unfit), UNKNOWN);
        }
        assert_eq!(content_type(&HeaderMap::new()), UNKNOWN);
    }

    #[test]
    fn digests_are_lower_case_hexadecimal() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&Sha256::new().finalize()), empty);
    }
}
