//! How an instance of a crowd that has just begun has another one answer its request, and goes.
//!
//! Spin makes an instance for nearly each of many requests that come at once (see [`crate::crowd`]). Each reads the whole schema before
//! it changes anything: that takes ten milliseconds, and several at once are slower than one after the other, as SQLite counts its
//! memory under one lock for the whole process. A hundred took three seconds, in which nobody had an answer. To pass a request on,
//! through the host and without the network (Spin's service chaining), takes one. So whoever begins passes its first request on, and
//! goes: at once, for whoever is free, or begins then and stays; on a host that has more to do than it can a little later, when
//! those are free that were there before, and if they aren't, the next one does the same, a few times. An instance keeps nothing that
//! the others don't have, so it doesn't matter which one answers.

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

/// How often a request is passed on at most.
const HOPS_MAX: u16 = 4;

/// The header in which an instance says how often the request may still be passed on. From anybody else it counts for nothing.
const HOPS_LEFT: &str = "x-baton-hops-left";

/// The largest body that is passed on, and that comes back as a whole, in bytes.
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

/// Whether a body is known to be short.
fn is_short(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    length.is_some_and(|length| length <= BODY_MAX)
}

/// Whether a request can be passed on: not with a body that is long or of unknown length.
fn can_pass(method: &Method, headers: &HeaderMap) -> bool {
    let says_of_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    is_short(headers) || !says_of_body && [Method::GET, Method::HEAD, Method::DELETE].contains(method)
}

/// How often a request may still be passed on.
fn hops_left(headers: &HeaderMap) -> u16 {
    let said = || headers.get(HOPS_LEFT)?.to_str().ok()?.parse().ok();
    if is_passed_on(headers) { said().unwrap_or(0) } else { HOPS_MAX }
}

/// A way to another instance.
#[derive(Debug, PartialEq)]
struct Hop {
    /// How long the request waits for it, at most.
    pause: Duration,
    /// How often it may be passed on after it.
    left: u16,
}

/// How a request is passed on that may be so often, if one who wanted to be woken up after a tick was after `slept`. On a host that is in
/// time it is only once: whoever has it then may as well stay.
fn hop(left: u16, slept: Duration) -> Option<Hop> {
    let late = slept.saturating_sub(TICK);
    if late >= LATE {
        return Some(Hop { pause: (late * PAUSE_FACTOR).min(PAUSE_MAX), left: left.checked_sub(1)? });
    }
    (left == HOPS_MAX).then_some(Hop { pause: Duration::ZERO, left: 0 })
}

/// The headers that are passed on: all but those of the connection and the host's own; and who sent them.
fn passed_on(headers: &HeaderMap, left: u16) -> HeaderMap {
    let is_own = |name: &str| name.starts_with("spin-") || [FIRST_PEER, HOPS_LEFT].contains(&name);
    let stays = headers.iter().filter(|(name, _)| !is_own(name.as_str()) && !OF_CONNECTION.contains(&name.as_str()));
    let mut passed: HeaderMap = stays.map(|(name, value)| (name.clone(), value.clone())).collect();
    let first = if is_passed_on(headers) { FIRST_PEER } else { PEER };
    if let Some(peer) = headers.get_all(first).iter().next_back() {
        passed.insert(FIRST_PEER, peer.clone());
    }
    passed.insert(HOPS_LEFT, left.into());
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

/// Begins the first request of an instance, before it waits for anything: who is handed in later can't be sent away.
#[cfg(target_arch = "wasm32")]
pub(crate) async fn begin(component: &str, request: Request) -> Begun {
    let left = hops_left(request.headers());
    if left == 0 || !can_pass(request.method(), request.headers()) {
        return Begun::Stays(request);
    }
    task::take_no_more();
    let begun = Instant::now();
    task::sleep(TICK).await;
    let hop = hop(left, begun.elapsed());
    if hop.is_none() {
        task::take_again();
    }
    // Read in any case: the body of an answer that is made before all of the request has come may get lost on Spin.
    let (parts, body) = request.into_parts();
    let body = match collect(body, BODY_MAX).await {
        Ok(body) => body,
        Err(problem) => return Begun::Answered(refusal(problem, &parts.headers)),
    };
    let Some(hop) = hop else {
        return Begun::Stays(Request::from_parts(parts, Body::from(body)));
    };
    task::sleep(task::jitter(hop.pause)).await;
    match host::send(component, &parts, body.clone(), hop.left).await {
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

    use super::{BODY_MAX, is_short, passed_on};
    use crate::extract::collect;

    pub enum Failure {
        /// Nobody has seen the request.
        NotSent,
        /// Somebody may have.
        NoAnswer(String),
    }

    /// Has another instance of the component answer a request, which may be passed on so often after that.
    pub async fn send(component: &str, parts: &Parts, body: Bytes, left: u16) -> Result<Response, Failure> {
        SendWrapper::new(async {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let url = format!("http://{component}.spin.internal{path}");
            let built = Request::builder().method(parts.method.clone()).uri(url).body(Full::new(body));
            let mut built = built.map_err(|_| Failure::NotSent)?;
            *built.headers_mut() = passed_on(&parts.headers, left);
            match request(built.into_request().map_err(|_| Failure::NotSent)?).await {
                Ok(response) => whole(response.map(Body::new)).await,
                Err(error) if is_refusal(&error) => Err(Failure::NotSent),
                Err(error) => Err(Failure::NoAnswer(format!("no answer from another instance: {error}"))),
            }
        })
        .await
    }

    /// An answer with its body, if that is short: one that comes after its head leaves after it, and is held up on its way
    /// (README, "What to set on Spin").
    async fn whole(response: Response) -> Result<Response, Failure> {
        if !is_short(response.headers()) {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = collect(body, BODY_MAX).await;
        let body =
            body.map_err(|problem| Failure::NoAnswer(format!("half an answer from another instance: {problem}")))?;
        Ok(Response::from_parts(parts, Body::from(body)))
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
    fn what_is_short_is_passed_on() {
        let can = |method, of: &[(&'static str, &str)]| can_pass(&method, &headers(of));
        assert!(can(Method::GET, &[]) && can(Method::DELETE, &[]) && can(Method::POST, &[("content-length", "65536")]));
        assert!(!can(Method::POST, &[]) && !can(Method::GET, &[("transfer-encoding", "chunked")]), "of unknown length");
        assert!(!can(Method::POST, &[("content-length", "65537")]) && !can(Method::GET, &[("content-length", "x")]));
    }

    #[test]
    fn only_the_application_itself_says_how_often() {
        let left =
            |peer, more: &[(&'static str, &str)]| hops_left(&headers(&[&[("spin-client-addr", peer)], more].concat()));
        assert_eq!(left("192.0.2.1:80", &[("x-baton-hops-left", "0")]), HOPS_MAX, "an invention");
        assert_eq!(left("0.0.0.0:0", &[("x-baton-hops-left", "2")]), 2);
        assert_eq!(left("0.0.0.0:0", &[]), 0, "another component's request");
        assert_eq!(left("0.0.0.0:0", &[("x-baton-hops-left", "many")]), 0);
    }

    #[test]
    fn a_host_that_is_in_time_passes_on_once_and_a_late_one_a_few_times() {
        let ms = Duration::from_millis;
        let hop = |left, slept| hop(left, ms(slept)).map(|hop| (hop.pause, hop.left));
        assert_eq!([0, 1, 2].map(|slept| hop(4, slept)), [Some((ms(0), 0)); 3]);
        assert_eq!([3, 6, 60].map(|slept| hop(4, slept)), [40, 100, 250].map(|pause| Some((ms(pause), 3))));
        assert_eq!((hop(3, 1), hop(3, 3), hop(1, 3)), (None, Some((ms(40), 2)), Some((ms(40), 0))));
        assert_eq!((hop(0, 1), hop(0, 60)), (None, None));
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
            ("x-baton-hops-left", "9"),
        ]);
        let passed = headers(&[
            ("authorization", "Bearer x"),
            ("x-baton-first-peer", "192.0.2.1:80"),
            ("x-baton-hops-left", "3"),
        ]);
        assert_eq!(passed_on(&sent, 3), passed, "and not what the client says of itself");
        let once_more = [passed, headers(&[("spin-client-addr", "0.0.0.0:0")])].into_iter().flatten();
        let again: HeaderMap = once_more.filter_map(|(name, value)| Some((name?, value))).collect();
        assert_eq!(passed_on(&again, 2).get(FIRST_PEER).unwrap(), "192.0.2.1:80", "whoever it was at first");
    }
}
