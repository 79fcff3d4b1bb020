//! The way of every HTTP request through a component: its id, the module's switch, the routes, and the log line.

use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::request::{Notes, Proxies, REQUEST_ID, RequestContext};
use crate::{Problem, Result, config, git_lfs, limits, log, task};

/// How much of a method stands in the log: what a client invents may be long.
const METHOD_MAX: usize = 16;

/// A component's routes, which say in the log which of them a request took.
pub fn noted(routes: Router) -> Router {
    routes.layer(map_request(async |request: Request<Body>| {
        if let (Some(notes), Some(route)) =
            (request.extensions().get::<Notes>(), request.extensions().get::<MatchedPath>())
        {
            notes.route(route.as_str());
        }
        request
    }))
}

/// Answers a request with the routes of the component of this name.
pub async fn serve(component: &str, routes: &Router, mut request: Request<Body>) -> Response {
    let (begun, notes) = (Instant::now(), Notes::default());
    if request.method().is_safe() {
        give_way().await;
    }
    let proxies = config::trusted_proxies().await;
    let context = RequestContext::from_headers(request.headers(), proxies.as_ref().unwrap_or(&Proxies::default()));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(context.clone());
    request.extensions_mut().insert(notes.clone());
    let mut response = match admit(&path, request.headers(), proxies).await {
        Ok(()) => answer(routes, request).await,
        Err(problem) => problem.into_response(),
    };
    if git_lfs::is_below(&path) {
        response = git_lfs::told(response, &context);
    }
    let format = config::log_format().await.unwrap_or_default();
    log::line(entry(format, component, (&context, &method, &notes), &response, begun));
    if let Some(user) = past_rate(&method, &notes, &response) {
        limits::note_past_rate(user);
    }
    keep_private(&path, response.headers_mut());
    with_request_id(response, &context)
}

/// Lets what is under way in the instance go on before a request that only reads begins: answers leave first. On Spin the body of one
/// in twenty otherwise went out behind its head, when 32 clients read, and Spin doesn't send it before the client has acknowledged the
/// head (RFC 896), which Linux puts off by 40 ms. Whoever reads alone pays 30 µs for it. Not for others: the body of an answer that
/// is made before all of the request has come gets lost on Spin, unless it goes out with its head.
async fn give_way() {
    task::yield_now().await;
}

/// What every request must hold, whatever its route. With the module off, nothing under `/api` exists (contract, "Rules for
/// every route"); git-lfs would take a 404 to mean that nothing is to be verified, and is refused ("Git LFS").
async fn admit(path: &str, headers: &HeaderMap, proxies: Result<Proxies>) -> Result<()> {
    if headers.get_all(header::AUTHORIZATION).iter().nth(1).is_some() {
        return Err(Problem::bad_request("several_credentials", "there is more than one Authorization header"));
    }
    let is_lfs = git_lfs::is_below(path);
    if !(is_lfs || is_api(path)) || proxies.and(config::sessions_enabled().await)? {
        return Ok(());
    }
    let status = if is_lfs { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
    Err(Problem::new(status, "module_disabled", "edit sessions are switched off here"))
}

/// Whether a path is of the module: what people's programs call, and what agents call (contract, "Agents").
fn is_api(path: &str) -> bool {
    path == "/mcp" || path == "/api" || path.starts_with("/api/")
}

/// Whether the client says that it has what `etag` names (`If-None-Match`; RFC 9110, section 13.1.2).
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // The tags are SHA-256 in hexadecimal: no comma stands in one.
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// What the API says is for who asked: nobody on the way keeps it (contract, "Limits").
fn keep_private(path: &str, headers: &mut HeaderMap) {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = content_type.starts_with("application/") && content_type.ends_with("json");
    if is_json && (is_api(path) || git_lfs::is_below(path)) && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
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

pub(crate) fn with_request_id(mut response: Response, context: &RequestContext) -> Response {
    if let Ok(id) = HeaderValue::from_str(&context.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// One line for each request, refused or not. Neither query nor path stand in it: the one may hold a token, the other may be
/// as long as the client likes.
fn entry(
    format: log::Format,
    component: &str,
    (context, method, notes): (&RequestContext, &Method, &Notes),
    response: &Response,
    begun: Instant,
) -> String {
    let (id, ip) = (&context.id, context.ip.as_deref().unwrap_or("-"));
    let method: String = method.as_str().chars().take(METHOD_MAX).collect();
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    let code = response.extensions().get::<Problem>().map(Problem::code);
    match format {
        log::Format::Text => {
            let code = code.unwrap_or("-");
            format!(
                "request_id={id} component={component} ip={ip} method={method} {notes} status={status} code={code} ms={ms}"
            )
        }
        log::Format::Json => {
            let mut members = notes.members();
            let outcome = json!({ "request_id": id, "component": component, "ip": context.ip, "method": method,
                "status": status, "code": code, "ms": ms });
            members.extend(outcome.as_object().cloned().unwrap_or_default());
            Value::Object(members).to_string()
        }
    }
}

/// Whose change was refused for their rate of changes, if it was.
fn past_rate(method: &Method, notes: &Notes, response: &Response) -> Option<String> {
    let is_refused = response.status() == StatusCode::TOO_MANY_REQUESTS && !method.is_safe();
    if is_refused { notes.whose() } else { None }
}

/// Makes a component of its routes: Spin hands each request to [`serve`]. What is named beside them begins each request
/// ([`crate::crowd::enter`], for one that many write through and nobody waits in).
#[macro_export]
macro_rules! http_component {
    ($routes:ident $(, $begin:path)?) => {
        #[cfg(target_arch = "wasm32")]
        mod component {
            static ROUTES: std::sync::LazyLock<axum::Router> =
                std::sync::LazyLock::new(|| $crate::http::noted(super::$routes()));

            #[spin_sdk::http_service]
            async fn handle(request: spin_sdk::http::Request) -> axum::response::Response {
                let request = request.map($crate::http::body);
                $(let request = match $begin(env!("CARGO_PKG_NAME"), request).await {
                    std::ops::ControlFlow::Continue(request) => request,
                    std::ops::ControlFlow::Break(response) => return response,
                };)?
                $crate::http::serve(env!("CARGO_PKG_NAME"), &ROUTES, request).await
            }
        }
    };
}

/// Wraps the body that the host streams in.
#[cfg(target_arch = "wasm32")]
pub fn body(body: spin_sdk::wasip3::http_compat::IncomingRequestBody) -> Body {
    Body::new(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tags() {
        const ETAG: &str = "\"abc\"";
        let known =
            |value: &str| is_known(&[(header::IF_NONE_MATCH, value.parse().unwrap())].into_iter().collect(), ETAG);
        assert!(known(ETAG) && known("*") && known("W/\"abc\"") && known("\"x\", \"abc\""));
        assert!(!known("\"x\"") && !known("abc") && !known("") && !is_known(&HeaderMap::new(), ETAG));
    }
}
