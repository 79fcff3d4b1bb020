//! Where a request comes from (specification 2026-07-28, "Security & Endpoint"): a page of another host is turned away before
//! anything else of it is looked at.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use baton_core::{Problem, Result};

/// That a request comes from no page, or from one of this very host.
#[derive(Clone, Copy, Debug)]
pub struct Own;

impl<S: Send + Sync> FromRequestParts<S> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(header::HOST).or(parts.uri.authority().map(|authority| authority.as_str()));
        match text(header::ORIGIN) {
            Some(origin) if !is_of(origin, host.unwrap_or_default()) => {
                Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "a page of another host may not call this"))
            }
            _ => Ok(Self),
        }
    }
}

/// Whether an origin (RFC 6454) is that of a host.
fn is_of(origin: &str, host: &str) -> bool {
    let origin = origin.parse::<Uri>().ok();
    let authority = origin.as_ref().and_then(Uri::authority);
    authority.is_some_and(|authority| !host.is_empty() && authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_very_host() {
        for (origin, host) in [("http://127.0.0.1:3000", "127.0.0.1:3000"), ("https://Baton.example", "baton.example")]
        {
            assert!(is_of(origin, host), "{origin}");
        }
        for (origin, host) in [
            ("https://evil.example", "baton.example"),
            ("https://baton.example.evil", "baton.example"),
            ("https://baton.example:8443", "baton.example"),
            ("null", "baton.example"),
            ("", "baton.example"),
            ("https://", ""),
            ("file:///x", "x"),
        ] {
            assert!(!is_of(origin, host), "{origin}");
        }
    }
}
