//! One function for each route.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::extract::Path;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, http};

use crate::files::{self, File};

/// What the page may do: run and show its own files, and speak to the server that it comes from. Nothing stands inline, nobody
/// frames it, no text becomes markup, and no form is sent by the browser itself: a token would stand in an address.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What every file says beside its content. It is asked for again each time, and is then mostly known: that is an answer
/// without a body, and no browser runs an old module with a new one.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The board: a page for a browser. It asks for a token or key, and takes one from `#token=…`.
#[utoipa::path(get, path = "/", tag = "board", operation_id = "board", security(()),
    params(("If-None-Match" = Option<String>, Header, description = "the `ETag` of what one has")),
    responses((status = 200, body = String, content_type = "text/html", description = "the page"),
        (status = 304, description = "what one has is still so")))]
pub async fn page(headers: HeaderMap) -> Response {
    answer(&files::PAGE, &headers)
}

/// A file of the board.
#[utoipa::path(get, path = "/board/{file}", tag = "board", operation_id = "board_file", security(()),
    params(("file" = String, Path, description = "its name", example = "main.js"),
        ("If-None-Match" = Option<String>, Header, description = "the `ETag` of what one has")),
    responses(
        (status = 200, content((String = "text/css"), (String = "text/javascript"), (String = "image/svg+xml")),
            description = "the file"),
        (status = 304, description = "what one has is still so"),
        (status = 404, body = ProblemDocument, description = "there is no such file")))]
pub async fn file(path: Path, headers: HeaderMap) -> Result<Response> {
    let file = files::named(path.text("file")).ok_or_else(|| Problem::not_found("the board has no such file"))?;
    Ok(answer(file, &headers))
}

fn answer(file: &File, headers: &HeaderMap) -> Response {
    let validator = [(header::ETAG, file.etag.as_str())];
    if http::is_known(headers, &file.etag) {
        return (StatusCode::NOT_MODIFIED, HEADERS, validator).into_response();
    }
    (HEADERS, validator, [(header::CONTENT_TYPE, file.content_type)], file.text).into_response()
}
