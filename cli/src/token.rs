//! `baton token`

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use baton_runner::{LoadedManifest, StateDir, variable_from_environment};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::cli::{Role, TokenArgs};
use crate::{given, secret};

/// Whom a token is for, and what they may do.
struct Who<'a> {
    user: &'a str,
    role: &'a str,
    roles: &'a [String],
}

/// What a token says.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    sub: &'a str,
    role: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    roles: &'a [String],
    /// Seconds since 1970.
    iat: u64,
    /// Seconds since 1970.
    exp: u64,
}

/// Prints a token, and nothing else, on stdout.
///
/// Errors: no manifest or state directory, a secret that is too short, or an empty user name.
pub fn run(args: &TokenArgs) -> Result<()> {
    ensure!(!args.user.is_empty(), "--user is empty");
    println!("{}", make(args)?);
    Ok(())
}

/// Makes a token.
///
/// Errors: no manifest or state directory, or a secret that is too short.
pub fn make(args: &TokenArgs) -> Result<String> {
    sign(who(args), args.ttl, &find_secret(args)?, SystemTime::now())
}

fn who(args: &TokenArgs) -> Who<'_> {
    Who { user: &args.user, role: args.role.as_str(), roles: &args.also_roles }
}

/// Makes a token for a user of this role, with this secret.
///
/// Errors: the clock is before 1970.
pub fn of_user(user: &str, role: Role, ttl: Duration, secret: &str) -> Result<String> {
    sign(Who { user, role: role.as_str(), roles: &[] }, ttl, secret, SystemTime::now())
}

/// The secret that `baton up` takes with the same arguments.
fn find_secret(args: &TokenArgs) -> Result<String> {
    let given = given::values(&args.app.variables)?;
    let given = match given.into_iter().find(|(name, _)| name == secret::VARIABLE) {
        Some((_, secret)) => Some(secret),
        None => variable_from_environment(secret::VARIABLE)?,
    };
    if let Some(secret) = given {
        secret::check(&secret)?;
        return Ok(secret);
    }
    let directory = match &args.app.state_dir {
        Some(_) => std::env::current_dir()?,
        None => LoadedManifest::read(&args.app.from)?.directory().to_owned(),
    };
    secret::read_or_make(&StateDir::open(args.app.state_dir.as_deref(), &directory)?)
}

fn sign(who: Who<'_>, ttl: Duration, secret: &str, now: SystemTime) -> Result<String> {
    let now = now.duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    let claims = Claims {
        sub: who.user,
        role: who.role,
        roles: who.roles,
        iat: now,
        exp: now.checked_add(ttl.as_secs()).context("--ttl is too long")?,
    };
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jsonwebtoken::{DecodingKey, Validation};
    use serde::Deserialize;

    use super::*;
    use crate::cli::{Cli, Command};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[derive(Deserialize)]
    struct Seen {
        sub: String,
        role: String,
        #[serde(default)]
        roles: Vec<String>,
        iat: u64,
        exp: u64,
    }

    fn seen(arguments: &[&str]) -> Seen {
        let arguments = ["baton", "token", "--user", "ada", "--role", "editor"].iter().chain(arguments);
        let Command::Token(args) = Cli::parse_from(arguments).command else {
            panic!("not the token command");
        };
        let now = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        let token = sign(who(&args), args.ttl, SECRET, now).unwrap();
        let key = DecodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::decode::<Seen>(&token, &key, &Validation::new(Algorithm::HS256)).unwrap().claims
    }

    #[test]
    fn a_token_says_who_and_for_how_long() {
        let seen = seen(&[]);
        assert_eq!((&*seen.sub, &*seen.role), ("ada", "editor"));
        assert_eq!((seen.iat, seen.exp), (4_000_000_000, 4_000_028_800));
        assert!(seen.roles.is_empty());
    }

    #[test]
    fn further_roles_and_another_time_are_taken() {
        let seen = seen(&["--also-role", "lead", "--also-role", "quality", "--ttl", "30m"]);
        assert_eq!(seen.roles, ["lead", "quality"]);
        assert_eq!(seen.exp - seen.iat, 1800);
    }
}
