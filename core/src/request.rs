//! What belongs to a request besides its content: its id, the client's address, and the cause that it becomes.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use ipnet::IpNet;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The header that names a request (contract, "Rules for every route").
pub const REQUEST_ID: &str = "x-request-id";

/// The header in which the host says who sent a request.
pub(crate) const PEER: &str = "spin-client-addr";

/// The header in which an instance that passes a request on says who sent it. From anybody else it counts for nothing.
pub(crate) const FIRST_PEER: &str = "x-baton-first-peer";

/// The longest request id that is taken over from a client, in bytes.
const REQUEST_ID_MAX: usize = 128;

/// A request's id and where it came from.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Echoed, or made here.
    pub id: String,
    /// The client's address without its port, if the host tells.
    pub ip: Option<String>,
}

impl RequestContext {
    /// Reads the context from a request's headers. An id that isn't short printable ASCII is replaced: it goes into
    /// headers and logs.
    pub fn from_headers(headers: &HeaderMap, trusted: &Proxies) -> Self {
        let id = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let id = id
            .filter(|id| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
            .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        Self { id, ip: client(headers, trusted).map(|ip| ip.to_string()) }
    }

    /// The context of what happens by itself, without a request.
    pub fn of_none() -> Self {
        Self { id: Uuid::new_v4().to_string(), ip: None }
    }

    /// What causes a change, for the triggers that record it: a name for the change, and who asks for it.
    pub fn cause(&self, actor: &str) -> Cause {
        self.cause_with(actor, Map::new())
    }

    /// The same with further members.
    pub(crate) fn cause_with(&self, actor: &str, mut members: Map<String, Value>) -> Cause {
        let change = Uuid::new_v4();
        let own = json!({"change": change, "actor": actor, "request_id": self.id, "ip": self.ip});
        if let Value::Object(own) = own {
            members.extend(own);
        }
        Cause { change, json: Value::Object(members).to_string() }
    }
}

/// The cause of one change: one statement, one `change`.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Names the change; its events carry it.
    pub change: Uuid,
    /// `{change, actor, request_id, ip}`, for the column `cause`; and how far the actor may go (`schema/definitions/limits.sql`).
    pub json: String,
}

/// The proxies whose word on where a request came from counts: the variable `trusted_proxies`, addresses and networks
/// (`10.0.0.0/8`) by comma.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    fn have(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Proxies {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let network = |word: &str| word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        words.map(|word| network(word).map_err(drop)).collect::<Result<_, _>>().map(Self)
    }
}

/// The client's address: the peer's, or, as long as that is a trusted proxy's, the one that it names last in
/// `X-Forwarded-For`. What stands before that may be anybody's invention.
fn client(headers: &HeaderMap, trusted: &Proxies) -> Option<IpAddr> {
    let mut client = if is_passed_on(headers) { address(last(headers, FIRST_PEER)?)? } else { peer(headers)? };
    let named = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    for word in named.flat_map(|list| list.rsplit(',')) {
        match address(word) {
            Some(before) if trusted.have(client) => client = before,
            _ => break,
        }
    }
    Some(client)
}

/// Whether the request comes from another component of the application, or from another instance of this one ([`crate::relay`]).
/// The host has no address for those, and everybody else has one.
pub(crate) fn is_passed_on(headers: &HeaderMap) -> bool {
    peer(headers).is_some_and(|peer| peer.is_unspecified())
}

/// Who sent the request, by the host's word.
fn peer(headers: &HeaderMap) -> Option<IpAddr> {
    address(last(headers, PEER)?)
}

/// The last value of a header: Spin puts its own after one that a client has sent.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse::<SocketAddr>().map(|address| address.ip());
    let address = address.or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse()).ok()?;
    Some(address.to_canonical())
}

/// What becomes known of a request on its way, for its line in the log.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    route: Option<String>,
    user: Option<String>,
    more: Vec<(&'static str, String)>,
}

impl Notes {
    /// The route's pattern.
    pub fn route(&self, pattern: &str) {
        self.change(|noted| noted.route = Some(pattern.to_owned()));
    }

    /// Who asks.
    pub fn user(&self, name: &str) {
        self.change(|noted| noted.user = Some(name.to_owned()));
    }

    /// Something else.
    pub fn add(&self, name: &'static str, value: &str) {
        self.change(|noted| noted.more.push((name, value.to_owned())));
    }

    /// Who asks, as far as that is known.
    pub fn whose(&self) -> Option<String> {
        self.0.lock().ok()?.user.clone()
    }

    /// All of it, for a log in JSON: null where something isn't known.
    pub fn members(&self) -> Map<String, Value> {
        let Ok(noted) = self.0.lock() else { return Map::new() };
        let known =
            [("route", &noted.route), ("user", &noted.user)].map(|(name, value)| (name.to_owned(), json!(value)));
        known.into_iter().chain(noted.more.iter().map(|(name, value)| ((*name).to_owned(), json!(value)))).collect()
    }

    fn change(&self, change: impl FnOnce(&mut Noted)) {
        if let Ok(mut noted) = self.0.lock() {
            change(&mut noted);
        }
    }
}

impl std::fmt::Display for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ok(noted) = self.0.lock() else { return Ok(()) };
        write!(f, "route={}", noted.route.as_deref().unwrap_or("-"))?;
        // Quoted and escaped: a name can't forge what stands beside it.
        match &noted.user {
            Some(user) => write!(f, " user={user:?}")?,
            None => write!(f, " user=-")?,
        }
        noted.more.iter().try_for_each(|(name, value)| write!(f, " {name}={value:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(name: &'static str, value: &str) -> RequestContext {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        RequestContext::from_headers(&headers, &Proxies::default())
    }

    #[test]
    fn keeps_a_request_id_that_is_safe_to_repeat() {
        assert_eq!(context(REQUEST_ID, "abc-1").id, "abc-1");
        for unsafe_id in ["a b", "", &"x".repeat(129)] {
            assert!(Uuid::parse_str(&context(REQUEST_ID, unsafe_id).id).is_ok());
        }
    }

    #[test]
    fn drops_the_client_port() {
        assert_eq!(context("spin-client-addr", "127.0.0.1:5000").ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(context("spin-client-addr", "[::1]:5000").ip.as_deref(), Some("::1"));
    }

    #[test]
    fn only_a_trusted_proxy_says_who_is_behind_it() {
        let trusted: Proxies = "10.0.0.0/8, ::1".parse().unwrap();
        let client = |peers: &[&str], forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for (name, values) in [("spin-client-addr", peers), ("x-forwarded-for", forwarded)] {
                for value in values {
                    headers.append(name, value.parse().unwrap());
                }
            }
            RequestContext::from_headers(&headers, &trusted).ip.unwrap()
        };
        for (peer, forwarded, expected) in [
            ("192.0.2.1:80", vec!["203.0.113.9"], "192.0.2.1"),
            ("10.0.0.1:80", vec![], "10.0.0.1"),
            ("10.0.0.1:80", vec!["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1:80", vec!["1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            ("[::1]:80", vec!["1.2.3.4", "[2001:db8::1]:443"], "2001:db8::1"),
            ("[::ffff:10.0.0.1]:80", vec!["203.0.113.9:1"], "203.0.113.9"),
            ("10.0.0.1:80", vec!["203.0.113.9, nonsense"], "10.0.0.1"),
        ] {
            assert_eq!(client(&[peer], &forwarded), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(client(&["1.2.3.4:5", "192.0.2.1:80"], &[]), "192.0.2.1", "the host's own word comes last");
        assert!("10.0.0.0/99".parse::<Proxies>().is_err() && "proxy".parse::<Proxies>().is_err());
        assert_eq!("".parse(), Ok(Proxies::default()));
    }

    #[test]
    fn only_the_application_itself_says_for_whom_it_passes_a_request_on() {
        let client = |peer: &str, first: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.append(PEER, peer.parse().unwrap());
            for value in first {
                headers.append(FIRST_PEER, value.parse().unwrap());
            }
            RequestContext::from_headers(&headers, &Proxies::default()).ip
        };
        assert_eq!(client("0.0.0.0:0", &["192.0.2.1:80"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(client("0.0.0.0:0", &[]), None);
        assert_eq!(client("203.0.113.9:80", &["192.0.2.1:80"]).as_deref(), Some("203.0.113.9"), "an invention");
    }

    #[test]
    fn a_name_can_not_forge_a_line() {
        let notes = Notes::default();
        assert_eq!(notes.to_string(), "route=- user=-");
        notes.route("/api/items/{part_number}");
        notes.user("eve\" status=200\n");
        notes.add("checkpoint", "x");
        let expected = r#"route=/api/items/{part_number} user="eve\" status=200\n" checkpoint="x""#;
        assert_eq!(notes.to_string(), expected);
    }
}
