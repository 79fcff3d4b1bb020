//! Who is calling: a bearer token, which is a signed token or a key (contract, "Who calls"; RFC 7519, RFC 6750).

use axum::extract::{FromRequestParts, MatchedPath};
use http::header::AUTHORIZATION;
use http::request::Parts;
use jsonwebtoken::errors::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::extract::Query;
use crate::limits::{self, Quota};
use crate::request::{Cause, Notes, RequestContext};
use crate::{Problem, Result, config, git_lfs};

pub mod key;
pub mod name;
mod oidc;
mod scope;
mod token;

pub use scope::Scope;

use oidc::Identity;
use scope::Asked;
use token::Verifier;

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

impl Role {
    /// Every role, the highest first.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Editor, Self::Viewer];

    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// What a caller has shown.
#[derive(Clone, Debug)]
enum Credential {
    /// A token that holds until then, in seconds since the Unix epoch.
    Token(u64),
    /// A key, by the SHA-256 of its secret.
    Key(String),
}

/// The user behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user's name, by the spelling that came first.
    pub user: String,
    /// The user's role.
    pub role: Role,
    /// Further names that the gates of workflows look at.
    pub roles: Vec<String>,
    /// The request that the caller makes.
    pub request: RequestContext,
    credential: Credential,
    notes: Notes,
    /// How many changes the user may make in a minute.
    rate: u32,
}

impl Caller {
    /// Checks a bearer token, and that it is for such a request: 401 or 403 otherwise.
    pub async fn from_token(token: &str, parts: &Parts) -> Result<Self> {
        let route = parts.extensions.get::<MatchedPath>().map_or(parts.uri.path(), MatchedPath::as_str);
        let asked = Asked::of(&parts.method, route);
        let notes = parts.extensions.get::<Notes>().cloned().unwrap_or_default();
        let request = context(parts);
        let reads = asked.only_reads() || parts.method.is_safe();
        let caller = if key::is_key(token) {
            Self::from_key(token, asked, request, notes).await?
        } else {
            let claims = signed(token).await?;
            Self::from_claims(claims, reads, request, notes).await?
        };
        if !reads {
            limits::check_rate(&caller.user)?;
        }
        Ok(caller)
    }

    async fn from_key(secret: &str, asked: Asked, request: RequestContext, notes: Notes) -> Result<Self> {
        let key = key::check(secret).await?;
        notes.user(&key.user);
        notes.add("key", &key.id);
        asked.require(key.scopes.as_deref())?;
        let credential = Credential::Key(key::hash(secret));
        let rate = config::rate_of_changes().await?;
        Ok(Self { user: key.user, role: key.role, roles: Vec::new(), request, credential, notes, rate })
    }

    async fn from_claims(claims: token::Claims, reads: bool, request: RequestContext, notes: Notes) -> Result<Self> {
        name::check(&claims.sub)?;
        let user = if reads { name::known(&claims.sub).await? } else { name::settled(&claims.sub).await? };
        notes.user(&user);
        // What a role allows is said by the role alone, also at the gates of workflows.
        let roles = claims.roles.into_iter().filter(|name| Role::named(name).is_none()).collect();
        let (credential, rate) = (Credential::Token(claims.exp), config::rate_of_changes().await?);
        Ok(Self { user, role: claims.role, roles, request, credential, notes, rate })
    }

    /// Whether what the caller has shown still does for another look: a token is good until it ends, a key until it ends or is
    /// revoked.
    pub async fn still_holds(&self) -> Result<bool> {
        match &self.credential {
            Credential::Token(until) => Ok(token::now() <= *until),
            Credential::Key(hash) => key::holds(hash).await,
        }
    }

    /// 401 for a caller who has shown a key that doesn't hold any more, where a request has waited: what has happened meanwhile
    /// isn't for its bearer. A token holds for the request that came with it.
    pub async fn require_unrevoked(&self) -> Result<()> {
        match &self.credential {
            Credential::Key(hash) if !key::holds(hash).await? => Err(key::refuse()),
            _ => Ok(()),
        }
    }

    /// Notes something about the request in its line in the log, so that it can be found again by it.
    pub fn note(&self, name: &'static str, value: &str) {
        self.notes.add(name, value);
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
        let below = Role::ALL.into_iter().filter(|role| *role < self.role).map(|role| role.as_str().to_owned());
        let mut names: Vec<String> = Vec::new();
        for name in [self.role.as_str().to_owned()].into_iter().chain(self.roles.iter().cloned()).chain(below) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The cause of the one change that this request makes.
    pub fn cause(&self) -> Cause {
        self.request.cause_with(&self.user, self.bounds())
    }

    /// The same for a change that adds to what the user has of a quota. What it comes to is for [`Quota::explain`].
    pub async fn cause_within(&self, quota: Quota) -> Result<Cause> {
        self.cause_within_all(&[quota]).await
    }

    /// The same for several quotas.
    pub async fn cause_within_all(&self, quotas: &[Quota]) -> Result<Cause> {
        let mut limits = Map::new();
        for quota in quotas {
            limits.insert(quota.as_str().to_owned(), json!(quota.limit().await?));
        }
        let mut members = self.bounds();
        members.insert("quota".to_owned(), Value::Object(limits));
        Ok(self.request.cause_with(&self.user, members))
    }

    /// How far the caller may go: the rate of changes, and whether the rights on items are no bound.
    fn bounds(&self) -> Map<String, Value> {
        let mut members = Map::from_iter([("rate".to_owned(), json!(self.rate))]);
        if self.is_admin() {
            members.insert("admin".to_owned(), json!(1));
        }
        members
    }
}

/// What a signed token says: one of the application's own, or of the shop's sign-on, which signs in other ways.
async fn signed(token: &str) -> Result<token::Claims> {
    let refused = match Verifier::of_settings().await?.verify(token) {
        Ok(claims) => return Ok(claims),
        Err(kind) => kind,
    };
    let foreign = matches!(refused, ErrorKind::InvalidAlgorithm);
    match if foreign { oidc::check(token).await? } else { None } {
        Some(Identity { user, role, roles, expires_at }) => {
            Ok(token::Claims { sub: user, role, exp: expires_at, roles })
        }
        None => Err(token::refuse(&refused)),
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
fn context(parts: &Parts) -> RequestContext {
    parts.extensions.get::<RequestContext>().cloned().unwrap_or_else(RequestContext::of_none)
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        match git_lfs::password(parts)? {
            Some(token) => Self::from_token(&token, parts).await,
            None => Self::from_token(bearer(parts)?, parts).await,
        }
    }
}

/// A caller who may at least read, with a bearer token or, on routes for clients that can't send headers, one in the query:
/// `access_token`.
#[derive(Clone, Debug)]
pub struct Listener(pub Caller);

#[derive(Deserialize)]
struct TokenQuery {
    access_token: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Listener {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(query) = Query::<TokenQuery>::from_request_parts(parts, state).await?;
        let token = match &query.access_token {
            Some(token) if !parts.headers.contains_key(AUTHORIZATION) => token,
            _ => bearer(parts)?,
        };
        let caller = Caller::from_token(token, parts).await?;
        caller.require(Role::Viewer)?;
        Ok(Self(caller))
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
    use futures::executor::block_on;
    use http::Method;

    use super::*;
    use crate::db::{Database, params, use_scratch};
    use crate::task;

    /// How many statements it takes to find out who calls.
    fn statements(caller: impl Future<Output = Result<Caller>>) -> u32 {
        Database::statements_run();
        assert_eq!(block_on(caller).unwrap().user, "alice");
        Database::statements_run()
    }

    #[test]
    fn a_key_costs_one_read_and_none_within_a_second() {
        let _directory = use_scratch();
        let secret = key::Secret::make();
        let statement = r#"INSERT INTO api_keys (id, user, name, role, prefix, hash, created_at, cause)
                           VALUES ('k', 'alice', 'ci', 'editor', '', ?, '', '{"actor":"alice","change":"c"}')"#;
        block_on(async { Database::open().await?.row(statement, params![secret.hash.as_str()]).await }).unwrap();
        let by_token = || {
            let claims =
                token::Claims { sub: "alice".to_owned(), role: Role::Editor, exp: u64::MAX, roles: Vec::new() };
            Caller::from_claims(claims, false, RequestContext::of_none(), Notes::default())
        };
        let by_key = || {
            let asked = Asked::of(&Method::POST, "/api/items/{part_number}/edit-sessions");
            Caller::from_key(&secret.text, asked, RequestContext::of_none(), Notes::default())
        };
        statements(by_token());
        let with_token = statements(by_token());
        assert_eq!(statements(by_key()), with_token + 1, "an instance that hasn't seen the key");
        assert_eq!(statements(by_key()), with_token, "one that has just seen it");
        block_on(task::sleep(key::HOLDS));
        assert_eq!(statements(by_key()), with_token + 1, "one that has seen it a second ago");
        assert_eq!(statements(by_key()), with_token);
    }

    #[test]
    fn roles_include_the_ones_before() {
        assert!(Role::Admin > Role::Editor && Role::Editor > Role::Viewer);
        for role in Role::ALL {
            assert_eq!(Role::named(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }
}
