//! Tokens: good ones, and the ways in which one can be bad.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The `auth_secret` of every server that the harness starts: 64 hexadecimal digits.
pub const SECRET: &str = "6d2f0c9b1e8a4753b0d9f6e2c1a83547f09e8d7c6b5a49382716050f1e2d3c4b";

/// Seconds since 1970.
pub fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(elapsed.as_secs()).expect("the year is below 292 billion")
}

/// The claims of a user's token that is good for an hour.
pub fn claims(user: &str, role: &str) -> Value {
    json!({ "sub": user, "role": role, "exp": now() + 3600 })
}

/// A token that the server accepts.
pub fn good(user: &str, role: &str) -> String {
    sign(&claims(user, role))
}

/// A token that the server accepts, with further roles that the gates of workflows look at.
pub fn with_roles(user: &str, role: &str, roles: &[&str]) -> String {
    let mut claims = claims(user, role);
    claims["roles"] = json!(roles);
    sign(&claims)
}

/// These claims, signed as the server wants them.
pub fn sign(claims: &Value) -> String {
    sign_as(Algorithm::HS256, SECRET, claims)
}

/// These claims, signed with another algorithm or secret.
pub fn sign_as(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("claims can be signed")
}

/// `{"alg":"none","typ":"JWT"}` and no signature.
pub fn unsigned(claims: &Value) -> String {
    let signed = sign(claims);
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", payload(&signed))
}

/// A header that says RS256 over a signature that is HS256 with the server's secret: the classic confusion.
pub fn confused(claims: &Value) -> String {
    let signed = sign(claims);
    let message = format!("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{}", payload(&signed));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("a signature");
    format!("{message}.{signature}")
}

/// The token of one user with the claims of another: the signature does not fit.
pub fn spliced(mine: &Value, theirs: &Value) -> String {
    let (mine, theirs) = (sign(mine), sign(theirs));
    let mut parts: Vec<&str> = mine.split('.').collect();
    parts[1] = payload(&theirs);
    parts.join(".")
}

fn payload(token: &str) -> &str {
    token.split('.').nth(1).expect("a token has three parts")
}
