//! Signatures (Standard Webhooks, "Signature scheme"): HMAC-SHA256 of the id, the time and the body, with the secret's bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::seal::Secret;

/// The header `webhook-signature`: one signature for each secret, with a space between them. `time` is in seconds since the
/// Unix epoch.
pub fn signatures<'a>(secrets: impl Iterator<Item = &'a Secret>, id: &str, time: i64, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets.filter_map(|secret| sign(secret.bytes(), id, time, body)).collect();
    signatures.join(" ")
}

fn sign(key: &[u8], id: &str, time: i64, body: &[u8]) -> Option<String> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }
}
