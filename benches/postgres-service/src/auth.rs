//! Bearer tokens: JWTs signed with HS256.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::answer::Problem;

/// How far clocks may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// What checks tokens.
#[derive(Clone)]
pub struct Verifier(Arc<(DecodingKey, Validation)>);

impl Verifier {
    /// For tokens that are signed with this secret.
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Self(Arc::new((DecodingKey::from_secret(secret), validation)))
    }
}

/// What a user may do; each role includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, and registers workstations.
    Viewer,
    /// Edits.
    Editor,
    /// Overrides others.
    Admin,
}

/// The user behind a request.
#[derive(Deserialize)]
pub struct Caller {
    /// The user's name.
    #[serde(rename = "sub")]
    pub user: String,
    role: Role,
}

impl Caller {
    /// 403 unless the caller has this role or one above it.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this needs another role"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|text| text.strip_prefix("Bearer ")).ok_or_else(unauthorized)?;
        let (key, validation) = &*Verifier::from_ref(state).0;
        decode(token, key, validation).map(|token| token.claims).map_err(|_| unauthorized())
    }
}

fn unauthorized() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "there is no token that holds")
}
