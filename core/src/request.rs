//! What belongs to a request besides its content: its id, the client's address, and the cause that it becomes.

use http::HeaderMap;
use serde_json::json;
use uuid::Uuid;

/// The header that names a request (contract, "Rules for every route").
pub const REQUEST_ID: &str = "x-request-id";

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
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let id = text(REQUEST_ID)
            .filter(|id| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
            .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        let ip = text("spin-client-addr").map(without_port);
        Self { id, ip }
    }

    /// What causes a change, for the triggers that record it: a name for the change, and who asks for it.
    pub fn cause(&self, actor: &str) -> Cause {
        let change = Uuid::new_v4();
        let json = json!({"change": change, "actor": actor, "request_id": self.id, "ip": self.ip}).to_string();
        Cause { change, json }
    }
}

/// The cause of one change: one statement, one `change`.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Names the change; its events carry it.
    pub change: Uuid,
    /// `{change, actor, request_id, ip}`, for the column `cause`.
    pub json: String,
}

fn without_port(address: &str) -> String {
    match address.parse::<std::net::SocketAddr>() {
        Ok(address) => address.ip().to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(name: &'static str, value: &str) -> RequestContext {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        RequestContext::from_headers(&headers)
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
}
