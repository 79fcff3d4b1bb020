//! How an instance of a crowd that has just begun has another one answer its request, and goes.
//!
//! Spin makes an instance for nearly each of many requests that come at once (see [`crate::crowd`]). Each reads the whole schema before
//! it changes anything: that takes ten milliseconds, and several at once are slower than one after the other, as SQLite counts its
//! memory under one lock for the whole process. A hundred took three seconds, in which nobody had an answer. To pass a request on,
//! through the host and without the network (Spin's service chaining), takes one. So whoever begins on a host that has more to do
//! than it can passes its first request on a little later, when those are free that were there before. An instance keeps nothing
//! that the others don't have, so it doesn't matter which one answers.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
#[cfg(target_arch = "wasm32")]
use {
    crate::extract::collect,
    crate::http::with_request_id,
    crate::request::{Proxies, RequestContext},
    crate::{Problem, task},
    axum::body::Body,
    axum::extract::Request,
    axum::response::{IntoResponse, Response},
    std::time::Instant,
};

use crate::request::{FIRST_PEER, PEER, is_passed_on};

/// How finely a host tells time to one who sleeps.
const TICK: Duration = Duration::from_millis(1);

/// How late it wakes one up when it has too much to do.
const LATE: Duration = Duration::from_micros(1_500);

/// How much later than that the request is passed on, at most: so that not all come at once once more, and find everybody busy.
const PAUSE_FACTOR: u32 = 20;
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// The largest body that is passed on, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Headers that are for a connection, and not for whoever is behind it (RFC 9110, section 7.6.1; WASI takes them from nobody), and
/// those that the host writes anew.
const OF_CONNECTION: [&str; 12] = [
    "connection",
    "content-length",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a request can be passed on: not twice, and not with a body that is long or of unknown length.
fn can_pass(method: &Method, headers: &HeaderMap) -> bool {
    let length =
        headers.get(CONTENT_LENGTH).map(|value| value.to_str().ok().and_then(|text| text.parse::<usize>().ok()));
    let has_none =
        !headers.contains_key(TRANSFER_ENCODING) && [Method::GET, Method::HEAD, Method::DELETE].contains(method);
    let is_short = length.map_or(has_none, |length| length.is_some_and(|length| length <= BODY_MAX));
    is_short && !is_passed_on(headers)
}

/// How long the request waits at most until it is passed on, if one who wanted to be woken up after a tick was after `slept`; none on a
/// host that is in time.
fn pause(slept: Duration) -> Option<Duration> {
    let late = slept.saturating_sub(TICK);
    (late >= LATE).then(|| (late * PAUSE_FACTOR).min(PAUSE_MAX))
}

/// The headers that are passed on: all but those of the connection and the host's own; and who sent them.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let is_own = |name: &str| name.starts_with("spin-") || name == FIRST_PEER;
    let stays = headers.iter().filter(|(name, _)| !is_own(name.as_str()) && !OF_CONNECTION.contains(&name.as_str()));
    let mut passed: HeaderMap = stays.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(peer) = headers.get_all(PEER).iter().next_back() {
        passed.insert(FIRST_PEER, peer.clone());
    }
    passed
}

/// What has become of the first request of an instance.
#[cfg(target_arch = "wasm32")]
pub(crate) enum Begun {
    /// The instance stays, and answers it.
    Stays(Request),
    /// The instance goes, and answers it all the same, as nobody else could be reached.
    Goes(Request),
    /// The instance goes, and this is the answer: another one's, or that there is none.
    Answered(Response),
}

/// Waits where the host has more to do than it can: so that those go on who were there before, and not all begin at the same time.
#[cfg(target_arch = "wasm32")]
pub(crate) async fn let_others_go_first() {
    if let Some(pause) = wanted_pause().await {
        task::sleep(task::jitter(pause)).await;
    }
}

/// Finds out how long whoever begins is to leave the host to others, if at all.
#[cfg(target_arch = "wasm32")]
async fn wanted_pause() -> Option<Duration> {
    let begun = Instant::now();
    task::sleep(TICK).await;
    pause(begun.elapsed())
}

/// Begins the first request of an instance, before it waits for anything: who is handed in later can't be sent away.
#[cfg(target_arch = "wasm32")]
pub(crate) async fn begin(component: &str, request: Request) -> Begun {
    if !can_pass(request.method(), request.headers()) {
        return Begun::Stays(request);
    }
    task::take_no_more();
    let pause = wanted_pause().await;
    if pause.is_none() {
        task::take_again();
    }
    // Read in any case: the body of an answer that is made before all of the request has come may get lost on Spin.
    let (parts, body) = request.into_parts();
    let body = match collect(body, BODY_MAX).await {
        Ok(body) => body,
        Err(problem) => return Begun::Answered(refusal(problem, &parts.headers)),
    };
    let Some(pause) = pause else {
        return Begun::Stays(Request::from_parts(parts, Body::from(body)));
    };
    task::sleep(task::jitter(pause)).await;
    match host::send(component, &parts, body.clone()).await {
        Ok(response) => Begun::Answered(response),
        Err(host::Failure::NotSent) => Begun::Goes(Request::from_parts(parts, Body::from(body))),
        Err(host::Failure::NoAnswer(error)) => Begun::Answered(refusal(Problem::unavailable(error), &parts.headers)),
    }
}

#[cfg(target_arch = "wasm32")]
fn refusal(problem: Problem, headers: &HeaderMap) -> Response {
    with_request_id(problem.into_response(), &RequestContext::from_headers(headers, &Proxies::default()))
}

#[cfg(target_arch = "wasm32")]
mod host {
    use axum::body::{Body, Bytes};
    use axum::response::Response;
    use http::request::Parts;
    use http_body_util::Full;
    use send_wrapper::SendWrapper;
    use spin_sdk::http::{IntoRequest, Request, send as request};
    use spin_sdk::wasip3::http::types::ErrorCode;

    use super::passed_on;

    pub enum Failure {
        /// Nobody has seen the request.
        NotSent,
        /// Somebody may have.
        NoAnswer(String),
    }

    pub async fn send(component: &str, parts: &Parts, body: Bytes) -> Result<Response, Failure> {
        SendWrapper::new(async {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let url = format!("http://{component}.spin.internal{path}");
            let built = Request::builder().method(parts.method.clone()).uri(url).body(Full::new(body));
            let mut built = built.map_err(|_| Failure::NotSent)?;
            *built.headers_mut() = passed_on(&parts.headers);
            match request(built.into_request().map_err(|_| Failure::NotSent)?).await {
                Ok(response) => Ok(response.map(Body::new)),
                Err(error) if is_refusal(&error) => Err(Failure::NotSent),
                Err(error) => Err(Failure::NoAnswer(format!("no answer from another instance: {error}"))),
            }
        })
        .await
    }

    /// Whether it was the host that didn't know where to send it to, or wasn't to: not every host connects components.
    fn is_refusal(error: &ErrorCode) -> bool {
        matches!(
            error,
            ErrorCode::HttpRequestDenied
                | ErrorCode::DnsError(_)
                | ErrorCode::DnsTimeout
                | ErrorCode::DestinationNotFound
                | ErrorCode::DestinationUnavailable
                | ErrorCode::DestinationIpProhibited
                | ErrorCode::DestinationIpUnroutable
                | ErrorCode::ConnectionRefused
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn what_is_short_is_passed_on_once() {
        let peer = ("spin-client-addr", "192.0.2.1:80");
        let can = |method, more: &[(&'static str, &str)]| can_pass(&method, &headers(&[&[peer], more].concat()));
        assert!(can(Method::GET, &[]) && can(Method::DELETE, &[]) && can(Method::POST, &[("content-length", "65536")]));
        assert!(!can(Method::POST, &[]) && !can(Method::GET, &[("transfer-encoding", "chunked")]), "of unknown length");
        assert!(!can(Method::POST, &[("content-length", "65537")]) && !can(Method::POST, &[("content-length", "x")]));
        assert!(!can_pass(&Method::GET, &headers(&[("spin-client-addr", "0.0.0.0:0")])), "it has been passed on");
    }

    #[test]
    fn who_is_woken_up_in_time_answers() {
        let ms = Duration::from_millis;
        assert_eq!([0, 1, 2].map(|slept| pause(ms(slept))), [None; 3]);
        assert_eq!([3, 6, 60].map(|slept| pause(ms(slept))), [Some(ms(40)), Some(ms(100)), Some(ms(250))]);
    }

    #[test]
    fn what_is_passed_on_says_who_sent_it() {
        let sent = headers(&[
            ("authorization", "Bearer x"),
            ("host", "baton.example.com"),
            ("upgrade", "h2c"),
            ("content-length", "2"),
            ("spin-full-url", "http://baton.example.com/"),
            ("spin-client-addr", "192.0.2.1:80"),
            ("x-baton-first-peer", "198.51.100.1:80"),
        ]);
        let passed = headers(&[("authorization", "Bearer x"), ("x-baton-first-peer", "192.0.2.1:80")]);
        assert_eq!(passed_on(&sent), passed, "and not what the client says of itself");
    }
}
