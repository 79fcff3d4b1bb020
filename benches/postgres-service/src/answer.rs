//! Errors as clients see them (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What an operation comes to.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// An error.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    document: Value,
}

impl Problem {
    /// An error with this code.
    pub fn new(status: StatusCode, code: &str, detail: &str) -> Self {
        let title = status.canonical_reason();
        let document =
            json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail, "code": code });
        Self { status, document }
    }

    /// It with another member.
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.document[member] = value;
        self
    }
}

/// The database can't be reached, or has no time.
impl<E: Into<anyhow::Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        eprintln!("{:#}", error.into());
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the database can't be reached")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
