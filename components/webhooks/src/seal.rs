//! How secrets are kept: sealed with ChaCha20-Poly1305 (RFC 8439, with the 192-bit nonces of XChaCha20) under a key that is
//! derived from `auth_secret` by HMAC-SHA256. While that is being replaced, what `auth_secret_previous` has sealed is still read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use baton_core::{Problem, Result, config};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// What the key is for: other keys may be derived from the same secret.
const PURPOSE: &[u8] = b"baton webhook secrets, version 1";

/// How many bytes a nonce has.
const NONCE_BYTES: usize = 24;

/// What a secret begins with (Standard Webhooks).
const PREFIX: &str = "whsec_";

/// A webhook's secret.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one: 32 bytes, of which 244 bits are random.
    pub fn make() -> Self {
        Self([Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat())
    }

    /// As its owner is shown it once.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The key that signs.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The keys that secrets are sealed with: the first one seals, each of them opens.
pub struct Keys(Vec<XChaCha20Poly1305>);

/// A secret that was sealed, and whether another key than today's has sealed it.
pub struct Opened {
    /// The secret.
    pub secret: Secret,
    /// Whether it is to be sealed again.
    pub is_old: bool,
}

impl Keys {
    /// The keys by the settings.
    pub async fn of_settings() -> Result<Self> {
        let mut secrets = vec![config::auth_secret().await?];
        secrets.extend(config::auth_secret_previous().await?);
        Ok(Self::of(&secrets))
    }

    fn of(secrets: &[String]) -> Self {
        Self(secrets.iter().filter_map(cipher).collect())
    }

    /// Seals the secret of a webhook.
    pub fn seal(&self, webhook_id: &str, secret: &Secret) -> Result<String> {
        let nonce = nonce();
        let payload = Payload { msg: secret.bytes(), aad: webhook_id.as_bytes() };
        let sealed = self.0.first().and_then(|key| key.encrypt(&XNonce::from(nonce), payload).ok());
        let sealed = sealed.ok_or_else(|| Problem::misconfigured("secrets can't be sealed"))?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for a webhook; none if no key does.
    pub fn open(&self, webhook_id: &str, sealed: &str) -> Option<Opened> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = || Payload { msg: sealed, aad: webhook_id.as_bytes() };
        let open = |key: &XChaCha20Poly1305| key.decrypt(&XNonce::from(*nonce), payload()).ok();
        let (number, secret) = self.0.iter().enumerate().find_map(|(number, key)| Some((number, open(key)?)))?;
        Some(Opened { secret: Secret(secret), is_old: number > 0 })
    }
}

/// None never: HMAC takes keys of any length.
fn cipher(secret: &String) -> Option<XChaCha20Poly1305> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(PURPOSE);
    Some(XChaCha20Poly1305::new(&Key::from(<[u8; 32]>::from(mac.finalize().into_bytes()))))
}

/// A nonce that never comes again.
fn nonce() -> [u8; NONCE_BYTES] {
    let (mut nonce, random) = ([0; NONCE_BYTES], [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()]);
    nonce.iter_mut().zip(random.as_flattened()).for_each(|(byte, random)| *byte = *random);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> Keys {
        Keys::of(&secrets.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_is_what_standard_webhooks_wants() {
        let secret = Secret::make();
        let text = secret.text();
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!((bytes.len(), bytes.as_slice()), (32, secret.bytes()));
        assert_ne!(Secret::make().text(), text);
    }

    #[test]
    fn who_has_the_key_opens_it_and_nobody_else() {
        let (secret, old) = (Secret::make(), keys(&["old"]));
        let sealed = old.seal("a", &secret).unwrap();
        assert!(!sealed.contains(&STANDARD.encode(secret.bytes())));
        assert_ne!(old.seal("a", &secret).unwrap(), sealed, "each has a nonce of its own");
        let open = |secrets: &[&str], id: &str, sealed: &str| {
            keys(secrets).open(id, sealed).map(|opened| (opened.secret.0 == secret.0, opened.is_old))
        };
        assert_eq!(open(&["old"], "a", &sealed), Some((true, false)));
        assert_eq!(open(&["new", "old"], "a", &sealed), Some((true, true)), "while it is being replaced");
        assert_eq!(open(&["new"], "a", &sealed), None);
        assert_eq!(open(&["old"], "b", &sealed), None, "it is another webhook's");
        for broken in ["", "x", "AAAA", &sealed[4..]] {
            assert_eq!(open(&["old"], "a", broken), None, "{broken}");
        }
    }
}
