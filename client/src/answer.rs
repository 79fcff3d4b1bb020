//! What comes back.

use std::fmt;

use anyhow::{Context, Error, Result, anyhow};
use bytes::Bytes;
use http::{Response, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Whether it says when to ask again (`Retry-After`).
    pub says_when: bool,
    /// The whole body.
    pub body: Bytes,
}

/// An answer with another status than was hoped for.
#[derive(Debug)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// Whether it says when to ask again.
    pub says_when: bool,
    hoped_for: Vec<u16>,
    body: Bytes,
}

impl Refusal {
    /// The refusal that is behind an error, if one is.
    pub fn behind(error: &Error) -> Option<&Self> {
        error.chain().find_map(|cause| cause.downcast_ref())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, hoped_for, body, .. } = self;
        write!(formatter, "{status} instead of {hoped_for:?}: {}", String::from_utf8_lossy(body))
    }
}

impl std::error::Error for Refusal {}

impl Answer {
    /// Reads an answer to its end.
    ///
    /// Errors: the connection breaks.
    pub async fn read(response: Response<Incoming>) -> Result<Self> {
        let status = response.status().as_u16();
        let says_when = response.headers().contains_key(header::RETRY_AFTER);
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Self { status, says_when, body })
    }

    /// The answer, if its status is one of these.
    ///
    /// Errors: a [`Refusal`].
    pub fn expect(self, statuses: &[u16]) -> Result<Self> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        let Self { status, says_when, body } = self;
        Err(Refusal { status, says_when, hoped_for: statuses.to_vec(), body }.into())
    }

    /// The document in it.
    ///
    /// Errors: it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("the body is no JSON")
    }
}

/// A text in a document.
///
/// Errors: there is none of this name.
pub fn text(document: &Value, field: &str) -> Result<String> {
    document[field].as_str().map(str::to_owned).ok_or_else(|| anyhow!("no `{field}` in {document}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_whatever_was_said_of_it_since() {
        let answer = Answer { status: 503, says_when: true, body: Bytes::from_static(b"busy") };
        let error = answer.expect(&[200, 201]).context("acquiring").context("a client").unwrap_err();
        let refusal = Refusal::behind(&error).expect("it is one");
        assert!(refusal.status == 503 && refusal.says_when);
        assert!(Refusal::behind(&anyhow!("no answer")).is_none());
    }
}
