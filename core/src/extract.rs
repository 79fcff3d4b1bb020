//! What handlers take from a request, with the contract's answers where it doesn't hold.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use bytes::BytesMut;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use uuid::Uuid;

use crate::pattern::Pattern;
use crate::problem::FieldError;
use crate::text::PartNumber;
use crate::{Problem, Result};

/// The largest JSON body, in bytes (contract, "Rules for every route").
const JSON_MAX_BYTES: usize = 64 * 1024;

/// A JSON body: 413 above `MAX` bytes (64 KiB unless told), 415 for another content type, 400 if it isn't JSON, 422 if it doesn't
/// fit `T`.
#[derive(Clone, Debug)]
pub struct Json<T, const MAX: usize = JSON_MAX_BYTES>(pub T);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        require_json(request.headers())?;
        let body = collect(request.into_body(), MAX).await?;
        parse(&body).map(Self)
    }
}

/// A JSON body that its reader reads by other rules: its bytes; 413 above `MAX` of them, 415 for another content type.
#[derive(Clone, Debug)]
pub struct JsonBytes<const MAX: usize>(pub Bytes);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for JsonBytes<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        require_json(request.headers())?;
        collect(request.into_body(), MAX).await.map(Self)
    }
}

/// A JSON body that may be left out, or be null.
#[derive(Clone, Debug)]
pub struct OptionalJson<T>(pub Option<T>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let body = collect(body, JSON_MAX_BYTES).await?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        require_json(&parts.headers)?;
        parse(&body).map(Self)
    }
}

fn require_json(headers: &HeaderMap) -> Result<()> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json {
        Ok(())
    } else {
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "the body must be application/json",
        ))
    }
}

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn collect(body: Body, limit: usize) -> Result<Bytes> {
    let declared = body.size_hint().upper();
    let mut body = Limited::new(body, limit);
    let mut collected = BytesMut::new();
    // What has been declared is all that comes: to hear of the end would be another way to the host and back.
    while declared.is_none_or(|declared| (collected.len() as u64) < declared) {
        let Some(frame) = body.frame().await else { break };
        match frame {
            Ok(frame) => collected.extend(frame.into_data()),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "payload_too_large",
                    format!("the body may hold {limit} bytes"),
                ));
            }
            Err(_) => return Err(Problem::bad_request("incomplete_body", "the body ended before it was complete")),
        }
    }
    Ok(collected.freeze())
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // serde_json doesn't look into the text of members that nobody asks for.
    if std::str::from_utf8(body).is_err() {
        return Err(Problem::bad_request("invalid_json", "the body is not JSON: it is not text in UTF-8"));
    }
    // serde would read a struct from an array of its fields, too. Every body of this API is an object.
    if body.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice::<IgnoredAny>(body).map_err(malformed)?;
        return Err(Problem::invalid("body", "must be an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        refuse(body, &path, error.into_inner())
    })?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}

/// Tells JSON that is broken from JSON that doesn't fit. The error alone can't: a value that doesn't fit is noticed before
/// what follows it has been read, and where an enum is wanted, serde_json calls a number a mistake in the syntax.
fn refuse(body: &[u8], path: &str, error: serde_json::Error) -> Problem {
    if let Err(broken) = serde_json::from_slice::<serde_json::Value>(body) {
        return malformed(broken);
    }
    let detail =
        if error.is_data() { without_position(&error.to_string()) } else { "is of a type that doesn't fit".to_owned() };
    let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (path, missing) {
        (".", Some(name)) => name.to_owned(),
        (parent, Some(name)) => format!("{parent}.{name}"),
        (".", None) => "body".to_owned(),
        (path, None) => path.to_owned(),
    };
    Problem::invalid_fields(vec![FieldError { field, detail }])
}

fn malformed(error: serde_json::Error) -> Problem {
    Problem::bad_request("invalid_json", format!("the body is not JSON: {error}"))
}

/// serde_json ends its messages with the place, which says nothing about a field.
fn without_position(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |end| &message[..end]).to_owned()
}

/// The query of a request: 400 if it can't be read.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|error| Problem::bad_request("invalid_query", format!("the query can't be read: {error}")))
    }
}

/// The named segments of a path.
#[derive(Clone, Debug)]
pub struct Path(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let segments = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::bad_request("invalid_path", "the path can't be read"))?;
        Ok(Self(segments.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}

impl Path {
    /// A segment as it is; empty if the route has no such segment.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The segment `{part_number}`: 422 if it is none.
    pub fn part_number(&self) -> Result<PartNumber> {
        PartNumber::parse(self.text("part_number")).map_err(|detail| Problem::invalid("part_number", detail))
    }

    /// The segment `{part_number}` where it may be a pattern: 422 if it is none.
    pub fn pattern(&self) -> Result<Pattern> {
        Pattern::parse_names(self.text("part_number")).map_err(|detail| Problem::invalid("part_number", detail))
    }

    /// A segment that holds an id, as lower-case text: 404 if it isn't a UUID, because nothing has that id.
    pub fn id(&self, name: &str) -> Result<String> {
        Uuid::parse_str(self.text(name))
            .map(|id| id.to_string())
            .map_err(|_| Problem::not_found("there is nothing with this id"))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::text::Name;

    #[derive(Debug, Deserialize)]
    struct Sample {
        #[allow(dead_code, reason = "only whether it can be read matters here")]
        name: Name,
        #[allow(dead_code, reason = "only whether it can be read matters here")]
        level: Option<Level>,
    }

    #[derive(Debug, Deserialize)]
    enum Level {
        High,
    }

    fn code(body: &str) -> &'static str {
        parse::<Sample>(body.as_bytes()).map_or_else(|problem| problem.code(), |_| "ok")
    }

    #[test]
    fn broken_json_and_json_that_does_not_fit() {
        assert_eq!(code(r#"{"name": "x", "more": 1}"#), "ok");
        for broken in ["", "{", "{\"name\"", "nonsense", "{\"name\": 5", "{\"name\": \"x\"} {", &"[".repeat(1000)] {
            assert_eq!(code(broken), "invalid_json", "{broken}");
        }
        for unfit in
            ["{}", "[]", r#"["x", null]"#, "null", "1", r#"{"name": 5}"#, r#"{"name": ""}"#, r#"{"name": null}"#]
        {
            assert_eq!(code(unfit), "invalid", "{unfit}");
        }
    }

    #[test]
    fn an_enum_takes_its_words_alone() {
        assert_eq!(code(r#"{"name": "x", "level": "High"}"#), "ok");
        for level in ["5", "true", "[]", "{}", r#"["High"]"#, r#""Low""#] {
            assert_eq!(code(&format!(r#"{{"name": "x", "level": {level}}}"#)), "invalid", "{level}");
        }
        assert_eq!(code(r#"{"name": "x", "level": 5"#), "invalid_json");
    }

    #[test]
    fn names_the_field() {
        let problem = parse::<Sample>(b"{}").unwrap_err();
        assert_eq!(problem.detail(), "name: missing field `name`");
        let problem = parse::<Sample>(br#"{"name": "x", "level": 5}"#).unwrap_err();
        assert_eq!(problem.detail(), "level: is of a type that doesn't fit");
    }

    #[test]
    fn content_types() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            require_json(&headers).is_ok()
        };
        assert!(with("application/json") && with("Application/JSON; charset=utf-8") && with("application/x+json"));
        assert!(!with("text/plain") && !with("") && require_json(&HeaderMap::new()).is_err());
    }
}
