//! The one error type: a problem document (RFC 9457).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::log;

/// A result whose error is an answer to the client.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// One field that doesn't hold (contract, "Rules for every route").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where: a name, or a path such as `gates[0].role`.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// What went wrong, as the client is told: `application/problem+json` with a stable `code` for programs.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The members of a problem document, for the description of the API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A URI reference that names the kind of problem.
    pub r#type: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// A stable snake_case word that programs switch on.
    pub code: String,
    /// The fields that don't hold, with status 422.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of any kind.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), extensions: Map::new(), headers: Vec::new() }
    }

    /// 400: the request can't be read.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401, with the challenge of RFC 6750. The detail never repeats the token.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"baton\""))
    }

    /// 403: the caller's role or ownership doesn't suffice.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409: the state is against it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 410 `session_lost`, with the reason for which the session is over.
    pub fn session_lost(reason: &str) -> Self {
        Self::new(StatusCode::GONE, "session_lost", format!("the edit session is over: {reason}"))
            .with("reason", reason.into())
    }

    /// 422 for one field.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError { field: field.into(), detail: detail.into() }])
    }

    /// 422 for several fields at once.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.detail),
            several => format!("{} fields don't hold", several.len()),
        };
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    /// 503: storage can't be reached. What the host said goes to the log, not to the client.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        log::line(format_args!("storage unavailable: {cause}"));
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "storage can't be reached at the moment")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 503: the operator has to mend a setting.
    pub fn misconfigured(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "misconfigured", detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("60"))
    }

    /// Adds a member beside the standard ones (RFC 9457, section 3.2).
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.extensions.insert(name.to_owned(), value);
        self
    }

    /// Adds a response header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The word that programs switch on.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The explanation for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The members beside the standard ones.
    pub fn extensions(&self) -> &Map<String, Value> {
        &self.extensions
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    /// The problem itself goes along, for whoever notes it or says it in another way.
    fn into_response(self) -> Response {
        let problem = self.clone();
        let standard = ProblemDocument {
            r#type: format!("urn:baton:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.to_owned(),
            errors: self.errors,
        };
        let mut document = serde_json::to_value(standard).unwrap_or_default();
        if let Value::Object(members) = &mut document {
            members.extend(self.extensions);
        }
        let mut response = (self.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(self.headers);
        response.extensions_mut().insert(problem);
        response
    }
}
