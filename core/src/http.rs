//! The way of every HTTP request through a component: its id, the module's switch, the routes, and the log line.

use std::io::Write;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
use tower::ServiceExt;

use crate::request::{REQUEST_ID, RequestContext};
use crate::{Problem, Result, config};

/// Answers a request with a component's routes.
pub async fn serve(routes: &Router, mut request: Request<Body>) -> Response {
    let begun = Instant::now();
    let context = RequestContext::from_headers(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(context.clone());
    let response = match admit(&path).await {
        Ok(()) => answer(routes, request).await,
        Err(problem) => problem.into_response(),
    };
    log(&context, &method, &path, response.status(), begun);
    with_request_id(response, &context)
}

/// With the module off, nothing under `/api` exists (contract, "Rules for every route").
async fn admit(path: &str) -> Result<()> {
    let is_api = path == "/api" || path.starts_with("/api/");
    if !is_api || config::sessions_enabled().await? {
        return Ok(());
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "module_disabled", "edit sessions are switched off here"))
}

async fn answer(routes: &Router, request: Request<Body>) -> Response {
    let response = match routes.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.status() {
        StatusCode::NOT_FOUND if is_bare(&response) => Problem::not_found("there is no such route").into_response(),
        StatusCode::METHOD_NOT_ALLOWED if is_bare(&response) => method_not_allowed(&response),
        _ => response,
    }
}

/// Whether the router itself answered, without a document.
fn is_bare(response: &Response) -> bool {
    !response.headers().contains_key(header::CONTENT_TYPE)
}

fn method_not_allowed(bare: &Response) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this route has other methods");
    match bare.headers().get(header::ALLOW) {
        Some(allow) => problem.with_header(header::ALLOW, allow.clone()),
        None => problem,
    }
    .into_response()
}

fn with_request_id(mut response: Response, context: &RequestContext) -> Response {
    if let Ok(id) = HeaderValue::from_str(&context.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// One line for each request. The query stays out of it: it may hold a token.
fn log(context: &RequestContext, method: &Method, path: &str, status: StatusCode, begun: Instant) {
    let line = format!(
        "request_id={} method={method} path={path} status={} ms={}\n",
        context.id,
        status.as_u16(),
        begun.elapsed().as_millis()
    );
    // Whole, because `eprintln` asks the host for each part of a line. Who can't be told can't be told of that either.
    _ = std::io::stderr().write_all(line.as_bytes());
}

/// Makes a component of its routes: Spin hands each request to [`serve`].
#[macro_export]
macro_rules! http_component {
    ($routes:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod component {
            static ROUTES: std::sync::LazyLock<axum::Router> = std::sync::LazyLock::new(super::$routes);

            #[spin_sdk::http_service]
            async fn handle(request: spin_sdk::http::Request) -> axum::response::Response {
                $crate::http::serve(&ROUTES, request.map($crate::http::body)).await
            }
        }
    };
}

/// Wraps the body that the host streams in.
#[cfg(target_arch = "wasm32")]
pub fn body(body: spin_sdk::wasip3::http_compat::IncomingRequestBody) -> Body {
    Body::new(body)
}
