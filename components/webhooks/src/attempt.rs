//! One attempt: a request, and what comes of it within 15 s.

use std::time::{Duration, Instant};

use baton_core::task::within;

use crate::message::Message;
use crate::outbox::{Came, Noted};

/// How long an attempt may take (contract, "Webhooks").
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the rest of an answer may take after its status, where that says that the event has come.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "natively nothing is sent"))]
const REST: Duration = Duration::from_secs(2);

/// An answer, or none.
pub struct Answer {
    /// Its status; none if there was no answer.
    pub status: Option<u16>,
    /// How it begins, or why there is none.
    pub text: String,
}

impl Answer {
    /// None, for this reason.
    fn none(why: impl Into<String>) -> Self {
        Self { status: None, text: why.into() }
    }

    /// What it comes to. Redirects are not followed: what isn't taken here is not delivered.
    fn came(&self) -> Came {
        match self.status {
            Some(200..=299) => Came::Delivered,
            Some(410) => Came::Gone,
            _ => Came::Failed,
        }
    }
}

/// Sends a delivery under a lease, if there is anything that can be sent.
pub async fn make(id: String, lease: String, message: Result<Message, String>) -> Noted {
    let begun = Instant::now();
    let answer = match message {
        Ok(message) => within(PATIENCE, host::send(message, begun))
            .await
            .unwrap_or_else(|| Answer::none(format!("no answer within {} s", PATIENCE.as_secs()))),
        Err(why) => Answer::none(format!("not sent: {why}")),
    };
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Noted { id, lease, outcome: answer.came(), status: answer.status, duration_ms, answer: answer.text }
}

#[cfg(target_arch = "wasm32")]
mod host {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use baton_core::task::within;
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use send_wrapper::SendWrapper;
    use spin_sdk::http::{Request, Response, send as request};
    use spin_sdk::wasip3::http::types::ErrorCode;

    use super::{Answer, PATIENCE, REST};
    use crate::answer::{BYTES_MAX, beginning};
    use crate::message::Message;

    /// Addresses inside, where nobody serves: a host that connects there connects to others inside as well. At 443 too, should an
    /// operator have allowed no other port.
    const INSIDE: [&str; 3] =
        ["https://127.255.255.254:1/", "https://[64:ff9b::7fff:fffe]:1/", "https://127.255.255.254:443/"];

    /// How long a host may take to refuse that.
    const GUARD_PATIENCE: Duration = Duration::from_secs(2);

    thread_local! {
        /// Whether the host refuses addresses inside, once that is known.
        static IS_GUARDED: Cell<Option<bool>> = const { Cell::new(None) };
    }

    pub async fn send(message: Message, begun: Instant) -> Answer {
        if message.target.must_be_judged && !is_guarded().await {
            return Answer::none(
                "not sent: this host would connect to addresses inside. See docs/webhooks.md, \"On Spin\": block_networks",
            );
        }
        SendWrapper::new(async {
            let mut built = Request::post(&message.target.url);
            for (name, value) in &message.headers {
                built = built.header(*name, value);
            }
            match built.body(Full::new(Bytes::from(message.body))) {
                Ok(built) => match request(built).await {
                    Ok(response) => read(response, begun).await,
                    Err(error) => Answer::none(format!("no answer: {}", told(&error))),
                },
                Err(error) => Answer::none(format!("not sent: {error}")),
            }
        })
        .await
    }

    /// The status and the beginning of the rest, as far as that comes in time.
    async fn read(response: Response, begun: Instant) -> Answer {
        let status = response.status();
        let left = PATIENCE.saturating_sub(begun.elapsed()).min(REST);
        let (mut body, mut bytes) = (response.into_body(), Vec::new());
        let reading = async {
            while bytes.len() < BYTES_MAX {
                match body.frame().await {
                    Some(Ok(frame)) => bytes.extend(frame.into_data().unwrap_or_default()),
                    Some(Err(_)) | None => break,
                }
            }
        };
        _ = within(left, reading).await;
        Answer { status: Some(status.as_u16()), text: beginning(&bytes) }
    }

    /// Whether the host connects to no address inside, whatever a name resolves to. It says so when it is asked to. (Where it may
    /// not be asked, the operator has named whom to connect to.)
    async fn is_guarded() -> bool {
        if let Some(known) = IS_GUARDED.get() {
            return known;
        }
        let mut is_guarded = true;
        for address in INSIDE {
            is_guarded = is_guarded && refuses(address).await;
        }
        IS_GUARDED.set(Some(is_guarded));
        is_guarded
    }

    async fn refuses(address: &str) -> bool {
        SendWrapper::new(async {
            let Ok(built) = Request::get(address).body(Full::<Bytes>::default()) else { return false };
            let refused = within(GUARD_PATIENCE, request(built)).await;
            matches!(refused, Some(Err(ErrorCode::DestinationIpProhibited | ErrorCode::HttpRequestDenied)))
        })
        .await
    }

    /// What went wrong, in words of the interface.
    fn told(error: &ErrorCode) -> String {
        match error {
            ErrorCode::DestinationIpProhibited => "it resolves to an address inside".to_owned(),
            ErrorCode::DnsError(_) | ErrorCode::DnsTimeout => "its name can't be resolved".to_owned(),
            ErrorCode::ConnectionRefused => "the connection was refused".to_owned(),
            ErrorCode::ConnectionTimeout => "no connection within the time for that".to_owned(),
            ErrorCode::TlsProtocolError | ErrorCode::TlsCertificateError | ErrorCode::TlsAlertReceived(_) => {
                "no TLS with a certificate that is trusted".to_owned()
            }
            ErrorCode::HttpRequestDenied => "allowed_outbound_hosts doesn't have it".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::time::Instant;

    use super::Answer;
    use crate::message::Message;

    /// Natively nothing is sent.
    pub async fn send(message: Message, _: Instant) -> Answer {
        let (headers, bytes) = (message.headers.len(), message.body.len());
        Answer::none(format!("{headers} headers and {bytes} bytes for {} are not sent here", message.target.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_delivered() {
        let came = |status: Option<u16>| Answer { status, text: String::new() }.came();
        for (status, expected) in [
            (Some(200), Came::Delivered),
            (Some(204), Came::Delivered),
            (Some(299), Came::Delivered),
            (Some(302), Came::Failed),
            (Some(404), Came::Failed),
            (Some(410), Came::Gone),
            (Some(500), Came::Failed),
            (None, Came::Failed),
        ] {
            assert_eq!(came(status), expected, "{status:?}");
        }
    }
}
