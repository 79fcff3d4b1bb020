//! How Git LFS is spoken to (contract, "Git LFS"): everything below `/lfs` has a media type of its own, errors too, and takes the
//! token as the password of Basic authentication as well, because that is what git's credential helpers give (RFC 7617).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::request::RequestContext;
use crate::{Problem, Result};

/// The media type of all bodies (git-lfs, `docs/api/locking.md`).
pub const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// A document of this media type.
#[derive(Clone, Copy, Debug)]
pub struct Document<T>(pub T);

impl<T: Serialize> IntoResponse for Document<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(text) => ([(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], text).into_response(),
            Err(error) => Problem::unavailable(error).into_response(),
        }
    }
}

/// Whether a path is one of Git LFS's.
pub(crate) fn is_below(path: &str) -> bool {
    path == "/lfs" || path.starts_with("/lfs/")
}

/// A refusal in git-lfs's words: `{message, request_id}`, and what else the problem has to say. git-lfs shows the message.
pub(crate) fn told(mut response: Response, context: &RequestContext) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let mut document = json!({ "message": problem.detail(), "request_id": context.id });
    if let Value::Object(members) = &mut document {
        members.extend(problem.extensions().clone());
    }
    let document = document.to_string();
    let length = HeaderValue::from(document.len());
    *response.body_mut() = Body::from(document);
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"baton\""));
    }
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// The password of a request that authenticates by Basic; none if it does otherwise. The user's name counts for nothing: the
/// token says whose it is.
pub(crate) fn password(parts: &Parts) -> Result<Option<String>> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((scheme, encoded)) = header.split_once(' ') else { return Ok(None) };
    if !(is_below(parts.uri.path()) && scheme.eq_ignore_ascii_case("basic")) {
        return Ok(None);
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // The name ends with the first colon; a password may hold more of them.
    let password = decoded.as_deref().and_then(|text| text.split_once(':')).map(|(_, password)| password.to_owned());
    password.map(Some).ok_or_else(|| Problem::unauthorized("the Basic credentials can't be read"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(path: &str, authorization: &str) -> std::result::Result<Option<String>, &'static str> {
        let request = Request::get(path).header(AUTHORIZATION, authorization).body(()).unwrap();
        password(&request.into_parts().0).map_err(|problem| problem.code())
    }

    #[test]
    fn the_token_is_the_password() {
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        assert_eq!(of("/lfs/cad/locks", &basic("anybody:baton_1")), Ok(Some("baton_1".to_owned())));
        assert_eq!(of("/lfs/cad/locks", &basic(":a:b:")), Ok(Some("a:b:".to_owned())));
        assert_eq!(of("/lfs/cad/locks", &basic("u:")), Ok(Some(String::new())));
        for broken in ["Basic", "Basic ", "Basic ?", &basic("no colon"), "basic /w=="] {
            assert!(of("/lfs/cad/locks", broken) != Ok(Some(String::new())), "{broken}");
        }
        assert_eq!(of("/lfs/cad/locks", &basic("no colon")), Err("unauthorized"));
        assert_eq!(of("/lfs/cad/locks", "Bearer x"), Ok(None));
        // A browser sends Basic credentials by itself, also to where another page leads it.
        for elsewhere in ["/api/items/F01", "/lfsx/cad/locks"] {
            assert_eq!(of(elsewhere, &basic("u:p")), Ok(None));
        }
    }
}
