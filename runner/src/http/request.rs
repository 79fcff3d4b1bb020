//! A request as Spin hands it to a component: with a whole URL, and with headers that tell how it came to be there.

use std::net::SocketAddr;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::routes::RouteMatch;

/// The largest head of a request, in bytes.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What a field of a head takes beside its name and value, as HTTP/2 counts (RFC 9113, section 10.5.1).
const FIELD_BYTES: usize = 32;

/// Headers that only the runner may set.
const OWN_HEADERS: [&str; 7] = [
    "spin-base-path",
    "spin-client-addr",
    "spin-component-route",
    "spin-full-url",
    "spin-matched-route",
    "spin-path-info",
    "spin-raw-component-route",
];

/// Where the name of a `:name` segment follows.
const PATH_MATCH: &str = "spin-path-match-";

/// A request that nobody could answer; what is wrong with it.
#[derive(Debug, PartialEq)]
pub struct BadRequest(pub &'static str);

/// Makes a client's request into one for a component.
///
/// Errors: no unambiguous host, or a header that is not UTF-8.
pub fn prepare<B>(request: &mut Request<B>, route: &RouteMatch<'_>, client: SocketAddr) -> Result<(), BadRequest> {
    let authority = authority(request)?;
    if request.headers().values().any(|value| str::from_utf8(value.as_bytes()).is_err()) {
        return Err(BadRequest("a header is not UTF-8"));
    }
    let uri = absolute(request.uri(), authority)?;
    let headers = request.headers_mut();
    remove_own(headers);
    headers.remove(CONNECTION);
    set(headers, "spin-full-url", &uri.to_string())?;
    set(headers, "spin-path-info", &route.path_info)?;
    set(headers, "spin-matched-route", route.route)?;
    set(headers, "spin-base-path", "/")?;
    set(headers, "spin-raw-component-route", route.route)?;
    let prefix = route.route.strip_suffix("/...").unwrap_or(route.route);
    set(headers, "spin-component-route", prefix)?;
    set(headers, "spin-client-addr", &client.to_string())?;
    for (name, value) in &route.captures {
        let name = format!("{PATH_MATCH}{}", name.replace('_', "-"));
        set(headers, &name.to_ascii_lowercase(), value)?;
    }
    *request.uri_mut() = uri;
    Ok(())
}

/// Whether the head of a request is larger than is read of one in HTTP/1.1, where the connection sees to it.
pub fn is_head_too_large<B>(request: &Request<B>) -> bool {
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES);
    fields.sum::<usize>() + request.uri().path().len() + request.uri().query().unwrap_or_default().len()
        > MAX_HEAD_BYTES
}

/// The one host that a request is for.
fn authority<B>(request: &Request<B>) -> Result<Authority, BadRequest> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let from_header = match hosts.next() {
        Some(host) => Some(parse_host(host)?),
        None => None,
    };
    if hosts.next().is_some() {
        return Err(BadRequest("there are several Host headers"));
    }
    match (from_header, request.uri().authority().cloned()) {
        (Some(header), Some(uri)) if header != uri => {
            Err(BadRequest("the Host header and the URL name different hosts"))
        }
        (Some(authority), _) | (None, Some(authority)) => Ok(authority),
        (None, None) => Err(BadRequest("there is no Host header")),
    }
}

fn parse_host(host: &HeaderValue) -> Result<Authority, BadRequest> {
    let authority: Option<Authority> = host.to_str().ok().and_then(|host| host.parse().ok());
    match authority {
        Some(authority) if !authority.as_str().contains('@') => Ok(authority),
        _ => Err(BadRequest("the Host header is no host")),
    }
}

fn absolute(uri: &Uri, authority: Authority) -> Result<Uri, BadRequest> {
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    Uri::from_parts(parts).map_err(|_| BadRequest("the URL is not valid"))
}

fn remove_own(headers: &mut HeaderMap) {
    for name in OWN_HEADERS {
        headers.remove(name);
    }
    let matches: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(PATH_MATCH)).cloned().collect();
    for name in matches {
        headers.remove(name);
    }
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), BadRequest> {
    let name = HeaderName::from_bytes(name.as_bytes());
    match (name, HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
            Ok(())
        }
        _ => Err(BadRequest("the path can't be passed on")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(request: http::request::Builder) -> Result<Request<()>, BadRequest> {
        let mut request = request.body(()).unwrap();
        let route = RouteMatch {
            component: "items",
            route: "/api/items/:part_number/...",
            path_info: "/rest".to_owned(),
            captures: vec![("part_number".to_owned(), "F01".to_owned())],
        };
        prepare(&mut request, &route, "127.0.0.1:5".parse().unwrap())?;
        Ok(request)
    }

    #[test]
    fn spins_headers_and_the_whole_url_are_set() {
        let builder = Request::get("/api/items/F01/rest?a=b").header(HOST, "example.org:3000");
        let request = prepared(builder).unwrap();
        assert_eq!(request.uri(), "http://example.org:3000/api/items/F01/rest?a=b");
        for (name, value) in [
            ("spin-full-url", "http://example.org:3000/api/items/F01/rest?a=b"),
            ("spin-path-info", "/rest"),
            ("spin-matched-route", "/api/items/:part_number/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/api/items/:part_number/..."),
            ("spin-component-route", "/api/items/:part_number"),
            ("spin-client-addr", "127.0.0.1:5"),
            ("spin-path-match-part-number", "F01"),
        ] {
            assert_eq!(request.headers()[name], value, "{name}");
        }
    }

    #[test]
    fn a_client_cannot_pose_as_the_runner() {
        let builder = Request::get("/")
            .header(HOST, "a")
            .header("spin-client-addr", "10.0.0.1:1")
            .header("spin-client-addr", "10.0.0.2:1")
            .header("spin-path-match-user", "admin");
        let request = prepared(builder).unwrap();
        let addresses: Vec<_> = request.headers().get_all("spin-client-addr").iter().collect();
        assert_eq!(addresses, ["127.0.0.1:5"]);
        assert!(!request.headers().contains_key("spin-path-match-user"));
    }

    #[test]
    fn other_headers_stay_as_they_are() {
        let builder = Request::get("/")
            .header(HOST, "a")
            .header(CONNECTION, "keep-alive")
            .header("cookie", "a=1")
            .header("cookie", "b=2");
        let request = prepared(builder).unwrap();
        assert_eq!(request.headers().get_all("cookie").iter().count(), 2);
        assert!(!request.headers().contains_key(CONNECTION));
    }

    #[test]
    fn what_is_ambiguous_or_no_text_is_refused() {
        let latin = HeaderValue::from_bytes(b"caf\xe9").unwrap();
        for builder in [
            Request::get("/"),
            Request::get("/").header(HOST, ""),
            Request::get("/").header(HOST, "a b"),
            Request::get("/").header(HOST, "user@a"),
            Request::get("/").header(HOST, "a").header(HOST, "b"),
            Request::get("http://a/").header(HOST, "b"),
            Request::get("/").header(HOST, "a").header("x-name", latin),
        ] {
            assert!(prepared(builder).is_err());
        }
    }
}
