//! Who is calling: the bearer token (contract, "Rules for every route"; RFC 7519, RFC 6750).

use std::sync::OnceLock;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::request::{Cause, RequestContext};
use crate::{Problem, Result, config};

/// How far clocks may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// What a user may do; each role includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, and registers workstations.
    Viewer,
    /// Edits.
    Editor,
    /// Sees and overrides others.
    Admin,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    role: Role,
    exp: u64,
    #[serde(default)]
    roles: Vec<String>,
}

/// The user behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user's name.
    pub user: String,
    /// The user's role.
    pub role: Role,
    /// Further names that the gates of workflows look at.
    pub roles: Vec<String>,
    /// Until when the token holds, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// The request that the caller makes.
    pub request: RequestContext,
}

impl Caller {
    /// Checks a token.
    pub async fn from_token(token: &str, request: RequestContext) -> Result<Self> {
        let claims = Verifier::of_settings().await?.verify(token)?;
        Ok(Self { user: claims.sub, role: claims.role, roles: claims.roles, expires_at: claims.exp, request })
    }

    /// 403 unless the caller has `role` or one above it.
    pub fn require(&self, role: Role) -> Result<()> {
        if self.role >= role {
            Ok(())
        } else {
            Err(Problem::forbidden(format!("this needs the role {role:?}").to_lowercase()))
        }
    }

    /// Whether the caller is an admin.
    pub fn is_admin(&self) -> bool {
        self.role >= Role::Admin
    }

    /// The roles that the caller's signature can stand for: the caller's very own ones first, then those that the role
    /// includes.
    pub fn gate_roles(&self) -> Vec<String> {
        let included = [(Role::Admin, "admin"), (Role::Editor, "editor"), (Role::Viewer, "viewer")];
        let mut names: Vec<String> = Vec::new();
        let own = included.iter().filter(|(role, _)| *role == self.role).map(|(_, name)| (*name).to_owned());
        let below = included.iter().filter(|(role, _)| *role < self.role).map(|(_, name)| (*name).to_owned());
        for name in own.chain(self.roles.iter().cloned()).chain(below) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The cause of the one change that this request makes.
    pub fn cause(&self) -> Cause {
        self.request.cause(&self.user)
    }
}

/// What tokens are checked with: the secret and the rules, parsed.
struct Verifier {
    key: DecodingKey,
    rules: Validation,
}

impl Verifier {
    /// The one for the secret in the settings, which an instance parses once.
    async fn of_settings() -> Result<&'static Self> {
        static PARSED: OnceLock<Verifier> = OnceLock::new();
        match PARSED.get() {
            Some(parsed) => Ok(parsed),
            None => {
                let secret = config::auth_secret().await?;
                Ok(PARSED.get_or_init(|| Self::new(secret.as_bytes())))
            }
        }
    }

    fn new(secret: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = LEEWAY_SECONDS;
        rules.validate_nbf = true;
        rules.validate_aud = false;
        rules.set_required_spec_claims(&["exp", "sub"]);
        Self { key: DecodingKey::from_secret(secret), rules }
    }

    fn verify(&self, token: &str) -> Result<Claims> {
        let claims = decode::<Claims>(token, &self.key, &self.rules)
            .map_err(|error| Problem::unauthorized(explain(error.kind())))?
            .claims;
        if claims.sub.trim().is_empty() || claims.sub.contains('\0') {
            return Err(Problem::unauthorized("the token names no user"));
        }
        Ok(claims)
    }
}

fn explain(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidSignature => "the token's signature doesn't hold",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => "the token must be signed with HS256",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim: it needs sub, role and exp",
        _ => "the token can't be used: it needs sub, role and exp, signed with HS256",
    }
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(parts: &Parts) -> Result<&str> {
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Problem::unauthorized("a bearer token is required"))?
        .to_str()
        .map_err(|_| Problem::unauthorized("the Authorization header can't be read"))?;
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Problem::unauthorized("the Authorization header must be a bearer token")),
    }
}

/// The context that [`crate::http::serve`] put beside the request.
pub fn context(parts: &Parts) -> RequestContext {
    parts.extensions.get::<RequestContext>().cloned().unwrap_or_else(|| RequestContext::from_headers(&parts.headers))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let context = context(parts);
        Self::from_token(bearer(parts)?, context).await
    }
}

macro_rules! role_extractor {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Caller);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
                let caller = Caller::from_request_parts(parts, state).await?;
                caller.require(Role::$name)?;
                Ok(Self(caller))
            }
        }
    };
}

role_extractor! {
    /// A caller who may at least read. As the first argument of a handler it answers 401 and 403 before anything
    /// else of the request is looked at.
    Viewer
}
role_extractor! {
    /// A caller who may edit.
    Editor
}
role_extractor! {
    /// A caller who may override.
    Admin
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const FAR: u64 = 4_000_000_000;

    fn verify(token: &str, secret: &[u8]) -> Result<Claims> {
        Verifier::new(secret).verify(token)
    }

    fn token(algorithm: Algorithm, claims: &Value, secret: &[u8]) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn accepts_a_token_of_its_own() {
        let claims = json!({"sub": "alice", "role": "editor", "exp": FAR, "roles": ["qa"], "aud": "x"});
        let claims = verify(&token(Algorithm::HS256, &claims, SECRET), SECRET).unwrap();
        assert_eq!((claims.sub.as_str(), claims.role, claims.roles.len()), ("alice", Role::Editor, 1));
    }

    #[test]
    fn refuses_what_is_missing_or_wrong() {
        let whole = json!({"sub": "alice", "role": "editor", "exp": FAR});
        for (claim, value) in [
            ("sub", Value::Null),
            ("role", Value::Null),
            ("exp", Value::Null),
            ("sub", json!(" ")),
            ("role", json!("root")),
            ("exp", json!(1)),
            ("nbf", json!(FAR)),
        ] {
            let mut claims = whole.clone();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
                value => claims[claim] = value,
            }
            assert!(verify(&token(Algorithm::HS256, &claims, SECRET), SECRET).is_err(), "{claims}");
        }
        assert!(verify(&token(Algorithm::HS384, &whole, SECRET), SECRET).is_err());
        assert!(verify(&token(Algorithm::HS256, &whole, b"another"), SECRET).is_err());
        assert!(verify("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", SECRET).is_err());
        assert!(verify("", SECRET).is_err());
    }

    #[test]
    fn roles_include_the_ones_before() {
        assert!(Role::Admin > Role::Editor && Role::Editor > Role::Viewer);
    }
}
