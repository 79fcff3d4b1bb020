//! Answers that the runner gives itself: problem documents (RFC 9457), as those of the components.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use uuid::Uuid;

use super::body::{self, ResponseBody};

/// The header that names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name of a request that is taken over from a client, in bytes.
const REQUEST_ID_MAX: usize = 128;

/// What the client of a busy server is told to wait, in seconds.
const RETRY_SECONDS: &str = "1";

/// The word that programs switch on.
fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "bad_request",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::URI_TOO_LONG => "uri_too_long",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "head_too_large",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "internal_error",
    }
}

fn document(status: StatusCode, detail: &str) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    let (status, code) = (status.as_u16(), code(status));
    // Details are texts of this program, without anything that would have to be escaped.
    format!(
        r#"{{"type":"urn:baton:problem:{code}","title":"{title}","status":{status},"detail":"{detail}","code":"{code}"}}"#
    )
}

/// The name of a request: the client's, or one that is made.
pub fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_sound =
        |id: &&HeaderValue| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
    match headers.get(&REQUEST_ID).filter(is_sound) {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(&Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-")),
    }
}

/// The answer to a request of this name.
pub fn response(status: StatusCode, detail: &str, request_id: HeaderValue) -> Response<ResponseBody> {
    let mut response = Response::new(body::text(document(status, detail)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(REQUEST_ID, request_id);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    }
    response
}

/// The answer to what is no request, in HTTP/1.1, after which the connection ends.
pub fn raw(status: StatusCode, detail: &str) -> Vec<u8> {
    let (document, id) = (document(status, detail), Uuid::new_v4());
    let retry = match status {
        StatusCode::SERVICE_UNAVAILABLE => format!("retry-after: {RETRY_SECONDS}\r\n"),
        _ => String::new(),
    };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n{retry}\
         x-request-id: {id}\r\nconnection: close\r\n\r\n{document}",
        document.len()
    )
    .into_bytes()
}
