//! Tokens that are signed with the application's own secret (RFC 7519).

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use super::Role;
use crate::{Problem, Result, config};

/// How far clocks may be apart, in seconds (contract, "Rules for every route").
pub(super) const LEEWAY_SECONDS: u64 = 30;

/// What a token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    pub role: Role,
    /// Until when it holds, in seconds since the Unix epoch.
    pub exp: u64,
    #[serde(default)]
    pub roles: Vec<String>,
}

/// What tokens are checked with, parsed.
pub(super) struct Verifier {
    key: DecodingKey,
    /// The secret before this one, as long as tokens of it are around.
    previous: Option<DecodingKey>,
    rules: Validation,
    /// How far ahead a token's end may lie, in seconds; none for no bound.
    max_seconds: Option<u64>,
}

impl Verifier {
    /// The one for the settings, which an instance parses once.
    pub async fn of_settings() -> Result<&'static Self> {
        static PARSED: OnceLock<Verifier> = OnceLock::new();
        if let Some(parsed) = PARSED.get() {
            return Ok(parsed);
        }
        let (secret, previous) = (config::auth_secret().await?, config::auth_secret_previous().await?);
        let (audience, max_hours) = (config::auth_audience().await?, config::auth_max_hours().await?);
        let previous = previous.as_deref().map(str::as_bytes);
        let made = Self::new(secret.as_bytes(), previous, audience.as_deref(), max_hours);
        Ok(PARSED.get_or_init(|| made))
    }

    fn new(secret: &[u8], previous: Option<&[u8]>, audience: Option<&str>, max_hours: u32) -> Self {
        let mut rules = rules(Algorithm::HS256);
        match audience {
            Some(audience) => {
                rules.set_audience(&[audience]);
                rules.set_required_spec_claims(&["exp", "sub", "aud"]);
            }
            None => {
                rules.validate_aud = false;
                rules.set_required_spec_claims(&["exp", "sub"]);
            }
        }
        let max_seconds = (max_hours > 0).then_some(u64::from(max_hours) * 3_600);
        Self {
            key: DecodingKey::from_secret(secret),
            previous: previous.map(DecodingKey::from_secret),
            rules,
            max_seconds,
        }
    }

    /// What the token says; the error is the reason why it can't be used.
    pub fn verify(&self, token: &str) -> Result<Claims, ErrorKind> {
        let decoded = match (decode::<Claims>(token, &self.key, &self.rules), &self.previous) {
            (Err(error), Some(previous)) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                decode(token, previous, &self.rules)
            }
            (decoded, _) => decoded,
        };
        let decoded = decoded.map_err(|error| error.kind().clone())?;
        // Nothing is known here that a token could call critical (RFC 7515, section 4.1.11).
        if decoded.header.crit.is_some() || self.is_too_far_ahead(decoded.claims.exp) {
            return Err(ErrorKind::InvalidToken);
        }
        Ok(decoded.claims)
    }

    fn is_too_far_ahead(&self, exp: u64) -> bool {
        self.max_seconds.is_some_and(|max| exp > now().saturating_add(max + LEEWAY_SECONDS))
    }
}

/// What holds for every token that is signed with this algorithm.
pub(super) fn rules(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.leeway = LEEWAY_SECONDS;
    rules.validate_nbf = true;
    rules
}

/// Seconds since the Unix epoch, by the host's clock: whoever signed the token went by one too.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// 401 with what is wrong with a token.
pub(super) fn refuse(kind: &ErrorKind) -> Problem {
    Problem::unauthorized(match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidSignature => "the token's signature doesn't hold",
        ErrorKind::InvalidAudience => "the token is for somebody else: its aud isn't this service's",
        ErrorKind::InvalidIssuer => "the token is another issuer's",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            "the token is signed in a way that isn't taken"
        }
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim: it needs sub, role and exp",
        _ => "the token can't be used: it needs sub, role and an exp that isn't too far ahead, signed with HS256",
    })
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const OLD: &[u8] = b"fedcba9876543210fedcba9876543210";
    const FAR: u64 = 4_000_000_000;

    fn verify(token: &str, secret: &[u8]) -> Result<Claims, ErrorKind> {
        Verifier::new(secret, None, None, 0).verify(token)
    }

    fn token(algorithm: Algorithm, claims: &Value, secret: &[u8]) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    fn whole() -> Value {
        json!({"sub": "alice", "role": "editor", "exp": FAR})
    }

    #[test]
    fn accepts_a_token_of_its_own() {
        let claims = json!({"sub": "alice", "role": "editor", "exp": FAR, "roles": ["qa"], "aud": "x"});
        let claims = verify(&token(Algorithm::HS256, &claims, SECRET), SECRET).unwrap();
        assert_eq!((claims.sub.as_str(), claims.role, claims.roles.len()), ("alice", Role::Editor, 1));
    }

    #[test]
    fn refuses_what_is_missing_or_wrong() {
        for (claim, value) in [
            ("sub", Value::Null),
            ("role", Value::Null),
            ("exp", Value::Null),
            ("role", json!("root")),
            ("exp", json!(1)),
            ("nbf", json!(FAR)),
        ] {
            let mut claims = whole();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
                value => claims[claim] = value,
            }
            assert!(verify(&token(Algorithm::HS256, &claims, SECRET), SECRET).is_err(), "{claims}");
        }
        assert!(verify(&token(Algorithm::HS384, &whole(), SECRET), SECRET).is_err());
        assert!(verify(&token(Algorithm::HS256, &whole(), b"another"), SECRET).is_err());
        assert!(verify("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", SECRET).is_err());
        assert!(verify("", SECRET).is_err());
    }

    #[test]
    fn the_secret_before_holds_beside_the_new_one() {
        let verifier = Verifier::new(SECRET, Some(OLD), None, 0);
        for secret in [SECRET, OLD] {
            assert!(verifier.verify(&token(Algorithm::HS256, &whole(), secret)).is_ok());
        }
        let expired = json!({"sub": "alice", "role": "editor", "exp": 1});
        assert_eq!(verifier.verify(&token(Algorithm::HS256, &expired, OLD)).unwrap_err(), ErrorKind::ExpiredSignature);
        assert!(verifier.verify(&token(Algorithm::HS256, &whole(), b"another")).is_err());
    }

    #[test]
    fn an_audience_must_be_the_tokens() {
        let verifier = Verifier::new(SECRET, None, Some("baton"), 0);
        for (aud, fits) in [
            (json!("baton"), true),
            (json!(["else", "baton"]), true),
            (json!("else"), false),
            (json!(["else"]), false),
            (json!([]), false),
            (json!(7), false),
            (Value::Null, false),
        ] {
            let mut claims = whole();
            claims["aud"] = aud.clone();
            assert_eq!(verifier.verify(&token(Algorithm::HS256, &claims, SECRET)).is_ok(), fits, "{aud}");
        }
        assert!(verifier.verify(&token(Algorithm::HS256, &whole(), SECRET)).is_err());
    }

    #[test]
    fn the_end_may_lie_so_far_ahead() {
        let verifier = Verifier::new(SECRET, None, None, 12);
        for (seconds, fits) in [(12 * 3_600, true), (12 * 3_600 + 60, false)] {
            let claims = json!({"sub": "alice", "role": "editor", "exp": now() + seconds});
            assert_eq!(verifier.verify(&token(Algorithm::HS256, &claims, SECRET)).is_ok(), fits, "{seconds}");
        }
        assert!(
            verifier
                .verify(&token(Algorithm::HS256, &json!({"sub": "a", "role": "editor", "exp": u64::MAX}), SECRET))
                .is_err()
        );
    }

    #[test]
    fn nothing_critical_is_understood() {
        for (crit, fits) in [(Some(vec!["b64".to_owned()]), false), (Some(vec![]), false), (None, true)] {
            let header = Header { crit, ..Header::new(Algorithm::HS256) };
            let token = encode(&header, &whole(), &EncodingKey::from_secret(SECRET)).unwrap();
            assert_eq!(verify(&token, SECRET).is_ok(), fits);
        }
    }
}
