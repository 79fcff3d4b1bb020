//! The link to the board that `baton up` prints.

use std::time::Duration;

use anyhow::Result;
use baton_runner::{LoadedManifest, Variables};

use crate::cli::Role;
use crate::{secret, token};

/// The component that is the board.
const COMPONENT: &str = "board";

/// How long the link signs in, as long as a token of `baton token`: a day's work.
const TTL: Duration = Duration::from_secs(8 * 60 * 60);

/// Where the board is on this server, with a token for whoever has started it; none if the application has no board.
///
/// Only with a secret that `baton up` has made itself is there a token: then it is its person's own server, and what is printed
/// stays with that person. Where an operator gives the secret, what is printed may end up in a log that others read.
///
/// Errors: the token can't be signed.
pub fn path(loaded: &LoadedManifest, variables: &Variables, is_own_secret: bool) -> Result<Option<String>> {
    if !loaded.has_component(COMPONENT) {
        return Ok(None);
    }
    match variables.get(secret::VARIABLE) {
        Some(secret) if is_own_secret && takes_ours(variables) => {
            let token = token::of_user(&person(), Role::Admin, ttl(variables), secret)?;
            Ok(Some(format!("/#token={token}")))
        }
        _ => Ok(Some("/".to_owned())),
    }
}

/// Whether it takes tokens as they are made here: they name no audience.
pub fn takes_ours(variables: &Variables) -> bool {
    variables.get("auth_audience").is_none_or(str::is_empty)
}

/// No longer than the application takes.
fn ttl(variables: &Variables) -> Duration {
    match variables.get("auth_max_hours").and_then(|hours| hours.trim().parse().ok()) {
        None | Some(0) => TTL,
        Some(hours) => TTL.min(Duration::from_secs(60 * 60).saturating_mul(hours)),
    }
}

/// Who has started this, by the name on this machine.
pub fn person() -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_else(|| "admin".to_owned())
}
