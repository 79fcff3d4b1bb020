//! Tokens of the shop's own sign-on (contract, "Who calls"; OpenID Connect Core 1.0, Discovery 1.0; RFC 7517).

use std::cell::RefCell;
use std::collections::HashMap;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, decode, decode_header};
use serde_json::{Map, Value};

use super::{Role, token};
use crate::{Problem, Result};

mod fetch;
mod keys;
mod settings;

use keys::Found;
use settings::Settings;

/// What a provider signs with that is taken.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// How many tokens an instance remembers to have verified. Checking a signature of RSA costs more than all the rest.
const VERIFIED_MAX: usize = 1_000;

/// Who somebody is by the word of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub user: String,
    pub role: Role,
    /// The names that the provider gives the user's roles.
    pub roles: Vec<String>,
    /// Until when the token holds, in seconds since the Unix epoch.
    pub expires_at: u64,
}

thread_local! {
    /// Tokens that have been verified, with what they say; as long as the keys are the ones that they were verified with.
    static VERIFIED: RefCell<HashMap<String, Map<String, Value>>> = RefCell::default();
}

/// Forgets what has been verified: the keys are others now.
fn forget_verified() {
    VERIFIED.with_borrow_mut(HashMap::clear);
}

/// Checks a token of the provider's; none if there is no provider.
pub(super) async fn check(token: &str) -> Result<Option<Identity>> {
    let Some(settings) = Settings::read().await? else { return Ok(None) };
    let header = decode_header(token).map_err(|error| token::refuse(error.kind()))?;
    let key = key(settings, &header).await?;
    let remembered = VERIFIED.with_borrow(|verified| verified.get(token).cloned());
    let claims = match remembered {
        Some(claims) => claims,
        None => {
            let claims = verify(token, &header, &key, settings).map_err(|kind| token::refuse(&kind))?;
            remember(token, &claims);
            claims
        }
    };
    identity(&claims, settings).map(Some)
}

fn remember(token: &str, claims: &Map<String, Value>) {
    VERIFIED.with_borrow_mut(|verified| {
        if verified.len() >= VERIFIED_MAX {
            verified.clear();
        }
        verified.insert(token.to_owned(), claims.clone());
    });
}

/// The provider's key that a token is signed with.
async fn key(settings: &Settings, header: &Header) -> Result<Jwk> {
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(token::refuse(&ErrorKind::InvalidAlgorithm));
    }
    match keys::find(settings, |keys| choose(keys, header)).await? {
        Found::Key(key) => Ok(*key),
        Found::Unknown => Err(Problem::unauthorized("the token is signed with a key that the issuer doesn't name")),
    }
}

/// The key of this name, or the only one that fits where the token names none.
fn choose(keys: &JwkSet, header: &Header) -> Option<Jwk> {
    let mut fitting = keys.keys.iter().filter(|key| fits(key, header.alg));
    match &header.kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)).cloned(),
        None => {
            let only = fitting.next()?;
            fitting.next().is_none().then(|| only.clone())
        }
    }
}

/// Whether a key is one for this algorithm, and for signatures.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind_fits = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) => {
            algorithm == Algorithm::ES256 && curve.curve == EllipticCurve::P256
        }
        AlgorithmParameters::OctetKeyPair(pair) => {
            algorithm == Algorithm::EdDSA && pair.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    kind_fits && named && signs
}

fn verify(token: &str, header: &Header, key: &Jwk, settings: &Settings) -> Result<Map<String, Value>, ErrorKind> {
    let mut rules = token::rules(header.alg);
    rules.set_audience(&[&settings.audience]);
    rules.set_issuer(&[&settings.issuer]);
    rules.set_required_spec_claims(&["exp", "aud", "iss"]);
    let key = DecodingKey::from_jwk(key).map_err(|error| error.kind().clone())?;
    let decoded = decode::<Map<String, Value>>(token, &key, &rules).map_err(|error| error.kind().clone())?;
    // The rules would take a list of issuers as well.
    match decoded.claims.get("iss").and_then(Value::as_str) {
        Some(issuer) if issuer == settings.issuer => Ok(decoded.claims),
        _ => Err(ErrorKind::InvalidIssuer),
    }
}

/// Who it is that the claims speak of: 401 without a name, 403 without a role. What was verified before may have ended since.
fn identity(claims: &Map<String, Value>, settings: &Settings) -> Result<Identity> {
    let expires_at = claims.get("exp").and_then(Value::as_f64).map_or(0, |exp| exp as u64);
    if expires_at + token::LEEWAY_SECONDS < token::now() {
        return Err(token::refuse(&ErrorKind::ExpiredSignature));
    }
    let user = claims.get(&settings.user_claim).and_then(Value::as_str).unwrap_or_default().to_owned();
    if user.trim().is_empty() {
        let detail = format!("the token lacks the claim {}, which names the user", settings.user_claim);
        return Err(Problem::unauthorized(detail));
    }
    let roles = names(claims.get(&settings.role_claim));
    let role = settings.role(&roles).ok_or_else(|| Problem::forbidden("the sign-on gives you no role here"))?;
    Ok(Identity { user, role, roles, expires_at })
}

/// The names in a claim: a list of them, or one.
fn names(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
