//! A request to a receiver (Standard Webhooks).

use crate::formats;
use crate::outbox::Claim;
use crate::seal::Keys;
use crate::signature::signatures;
use crate::target::{Exempt, Target};

/// A request.
#[derive(Debug)]
pub struct Message {
    /// Where it goes.
    pub target: Target,
    /// Its headers.
    pub headers: [(&'static str, String); 6],
    /// What is sent.
    pub body: Vec<u8>,
}

impl Message {
    /// Makes the request of a delivery; the error says why there can't be any.
    pub fn of(claim: &Claim, keys: &Keys, exempt: &Exempt) -> Result<Self, String> {
        // What was allowed when the webhook was made may not be any more.
        let target = Target::parse(&claim.url, exempt).map_err(|error| format!("the URL {error}"))?;
        let sealed = std::iter::once(&claim.secret).chain(&claim.previous_secret);
        let opened: Vec<_> = sealed.filter_map(|sealed| keys.open(&claim.webhook_id, sealed)).collect();
        if opened.is_empty() {
            return Err("its secret was sealed under another auth_secret: it has to be rotated".to_owned());
        }
        let body = formats::body(claim).map_err(|problem| problem.detail().to_owned())?;
        let secrets = opened.iter().map(|opened| &opened.secret);
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("content-length", body.len().to_string()),
            ("user-agent", concat!("baton/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("webhook-id", claim.id.clone()),
            ("webhook-timestamp", claim.time.to_string()),
            ("webhook-signature", signatures(secrets, &claim.id, claim.time, &body)),
        ];
        Ok(Self { target, headers, body })
    }
}
