//! Giving bytes out: chunk by chunk from the database, as fast as the client takes them.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use baton_core::db::Database;
use baton_core::{Problem, Result, http};
use bytes::Bytes;
use futures::{Stream, stream};

use crate::cutter::CHUNK_BYTES;
use crate::range::{self, Wanted};
use crate::store::{self, Content};

/// Answers a request for a checkpoint's bytes: all, a part, or that the client has them.
pub fn answer(content: &Content, method: &Method, headers: &HeaderMap) -> Result<Response> {
    let etag = format!("\"{}\"", content.sha256);
    if http::is_known(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    // A range is for `GET` alone (RFC 9110, section 14.2).
    let wanted = if method == Method::GET { range::wanted(headers, &etag, content.size) } else { Wanted::Whole };
    match wanted {
        Wanted::Whole => response(StatusCode::OK, content, &etag, 0..content.size),
        Wanted::Part(part) => response(StatusCode::PARTIAL_CONTENT, content, &etag, part),
        Wanted::Unsatisfiable => Err(unsatisfiable(content.size)),
    }
}

fn response(status: StatusCode, content: &Content, etag: &str, part: Range<u64>) -> Result<Response> {
    let digest = format!("sha-256={}", BASE64_STANDARD.encode(unhex(&content.sha256)));
    let content_range = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), content.size);
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, &content.content_type)
        .header(header::CONTENT_LENGTH, part.end - part.start)
        .header(header::ETAG, etag)
        .header(header::ACCEPT_RANGES, "bytes")
        // What a user uploaded is nothing that a browser should show, run, or take for anything else.
        .header(header::CONTENT_DISPOSITION, "attachment")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header("digest", digest);
    if status == StatusCode::PARTIAL_CONTENT {
        response = response.header(header::CONTENT_RANGE, content_range);
    }
    response.body(Body::from_stream(pieces(content.blob_id.clone(), part))).map_err(Problem::unavailable)
}

fn unsatisfiable(size: u64) -> Problem {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
        format!("there are {size} bytes, and none of them in this range"),
    );
    match HeaderValue::from_str(&format!("bytes */{size}")) {
        Ok(value) => problem.with_header(header::CONTENT_RANGE, value),
        Err(_) => problem,
    }
}

/// The bytes of a blob in `part`, a chunk at a time.
fn pieces(blob_id: String, part: Range<u64>) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((blob_id, part), async |(blob_id, part)| {
        if part.is_empty() {
            return Ok(None);
        }
        let piece = piece(&blob_id, &part).await?;
        let rest = part.start + piece.len() as u64..part.end;
        Ok(Some((piece, (blob_id, rest))))
    })
}

/// As much from the beginning of `part` as lies in one chunk. The connection is given back until the next one is
/// wanted. A checkpoint may be deleted meanwhile: then the answer breaks off, which the client sees by its length.
async fn piece(blob_id: &str, part: &Range<u64>) -> Result<Bytes> {
    const CHUNK: u64 = CHUNK_BYTES as u64;
    let chunk = store::chunk(&Database::open().await?, blob_id, part.start / CHUNK)
        .await?
        .ok_or_else(|| Problem::unavailable("a chunk is gone"))?;
    let place = |at: u64| usize::try_from(at - part.start / CHUNK * CHUNK).unwrap_or(usize::MAX).min(chunk.len());
    let piece = chunk.slice(place(part.start)..place(part.end));
    if piece.is_empty() { Err(Problem::unavailable("a chunk is too short")) } else { Ok(piece) }
}

/// The bytes behind hexadecimal digits.
fn unhex(digits: &str) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
    digits.as_bytes().chunks_exact(2).map(|pair| (value(pair[0]) << 4) | value(pair[1])).collect()
}
