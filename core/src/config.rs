//! The application's variables (contract, "Variables"), read once for each instance.
//!
//! A host may give them to a component late or not at all, so each is asked for where it is needed; what can't be used
//! is an operator's mistake and answered with 503 `misconfigured`.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Mutex;

use crate::request::Proxies;
use crate::text::TtlSeconds;
use crate::{Problem, Result, log};

/// What has been read so far. An absent variable is kept as its absence.
static READ: Mutex<Option<HashMap<&'static str, Option<String>>>> = Mutex::new(None);

/// The shortest signing secret that is accepted, in bytes: the size of an HS256 key (RFC 7518, section 3.2).
const SECRET_MIN_BYTES: usize = 32;

/// A variable as text; none if the component isn't given it.
pub async fn text(name: &'static str) -> Result<Option<String>> {
    if let Some(value) = known(name) {
        return Ok(value);
    }
    let value = host::get(name).await?;
    if let Ok(mut read) = READ.lock() {
        read.get_or_insert_default().insert(name, value.clone());
    }
    Ok(value)
}

fn known(name: &str) -> Option<Option<String>> {
    READ.lock().ok()?.as_ref()?.get(name).cloned()
}

/// A variable of another type, or `default` if it isn't given.
pub async fn parsed<T: FromStr>(name: &'static str, default: T) -> Result<T> {
    match text(name).await? {
        None => Ok(default),
        Some(value) => value
            .trim()
            .parse()
            .map_err(|_| Problem::misconfigured(format!("the variable {name} has a value that can't be used"))),
    }
}

/// The secret that signs tokens: `auth_secret`, at least 32 bytes.
pub async fn auth_secret() -> Result<String> {
    match text("auth_secret").await? {
        Some(secret) if secret.len() >= SECRET_MIN_BYTES => Ok(secret),
        Some(_) => {
            Err(Problem::misconfigured(format!("the variable auth_secret is shorter than {SECRET_MIN_BYTES} bytes")))
        }
        None => Err(Problem::misconfigured("the variable auth_secret is not set")),
    }
}

/// The secret before this one, as long as it is being replaced: `auth_secret_previous`.
pub async fn auth_secret_previous() -> Result<Option<String>> {
    match filled("auth_secret_previous").await? {
        Some(secret) if secret.len() < SECRET_MIN_BYTES => Err(Problem::misconfigured(format!(
            "the variable auth_secret_previous is shorter than {SECRET_MIN_BYTES} bytes"
        ))),
        secret => Ok(secret),
    }
}

/// What the `aud` of a token must hold, if anything: `auth_audience`.
pub async fn auth_audience() -> Result<Option<String>> {
    filled("auth_audience").await
}

/// How far ahead the end of a token may lie, in hours; 0 for no bound: `auth_max_hours`.
pub async fn auth_max_hours() -> Result<u32> {
    parsed("auth_max_hours", 0).await
}

/// Whose word on where a request came from counts: `trusted_proxies`.
pub async fn trusted_proxies() -> Result<Proxies> {
    parsed("trusted_proxies", Proxies::default()).await
}

/// How the request log is written: `log_format`.
pub async fn log_format() -> Result<log::Format> {
    parsed("log_format", log::Format::default()).await
}

/// How many changes each user may make in a minute; 0 for no bound: `rate_limit_changes_per_minute`.
pub async fn rate_of_changes() -> Result<u32> {
    parsed("rate_limit_changes_per_minute", 6_000).await
}

/// How many requests of each user may wait for events at once; 0 for no bound: `rate_limit_waiting`.
pub async fn rate_of_waiting() -> Result<usize> {
    parsed("rate_limit_waiting", 200).await
}

/// Whether the module is on: `sessions_enabled`.
pub async fn sessions_enabled() -> Result<bool> {
    parsed("sessions_enabled", true).await
}

/// How long a session lasts without being renewed, in seconds: `session_timeout_minutes`.
pub async fn session_timeout_seconds() -> Result<i64> {
    let minutes: u32 = parsed("session_timeout_minutes", 15).await?;
    match minutes {
        1..=1_440 => Ok(i64::from(minutes) * 60),
        _ => Err(Problem::misconfigured("the variable session_timeout_minutes must be between 1 and 1440")),
    }
}

/// How long a session may last without being renewed, in seconds: `session_ttl_max_hours`, at most ten years.
pub async fn session_ttl_max_seconds() -> Result<i64> {
    let hours: u32 = parsed("session_ttl_max_hours", 720).await?;
    match hours {
        1..=87_600 => Ok(i64::from(hours) * 3600),
        _ => Err(Problem::misconfigured("the variable session_ttl_max_hours must be between 1 and 87600")),
    }
}

/// The seconds of a time to live that somebody asks for: 422 for more than a session may last.
pub async fn ttl_seconds(wanted: Option<TtlSeconds>) -> Result<Option<i64>> {
    let Some(TtlSeconds(seconds)) = wanted else { return Ok(None) };
    match session_ttl_max_seconds().await? {
        max if seconds > max => Err(Problem::invalid("ttl_seconds", format!("must be between 1 and {max} seconds"))),
        _ => Ok(Some(seconds)),
    }
}

/// After how many seconds without its holder's doing a session is stale: `session_stale_hours`, or a fraction of one.
pub async fn session_stale_seconds() -> Result<f64> {
    let hours: f64 = parsed("session_stale_hours", 24.0).await?;
    if hours > 0.0 && hours <= 87_600.0 {
        Ok(hours * 3600.0)
    } else {
        Err(Problem::misconfigured("the variable session_stale_hours must be more than 0, and at most 87600"))
    }
}

/// How long events are kept, in hours: `event_retention_hours`.
pub async fn event_retention_hours() -> Result<u32> {
    parsed("event_retention_hours", 168).await
}

/// How long entries of the audit log are kept, in days; 0 for ever: `audit_retention_days`.
pub async fn audit_retention_days() -> Result<u32> {
    parsed("audit_retention_days", 0).await
}

/// How checkpoints are kept.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointSettings {
    /// For how long, in hours: `checkpoint_ttl_hours`.
    pub ttl_hours: u32,
    /// How many an item has at most: `checkpoint_max_per_item`.
    pub max_per_item: u32,
}

/// The variables that say how checkpoints are kept; each at least 1.
pub async fn checkpoints() -> Result<CheckpointSettings> {
    let ttl_hours = parsed("checkpoint_ttl_hours", 168).await?;
    let max_per_item = parsed("checkpoint_max_per_item", 5).await?;
    if ttl_hours == 0 || max_per_item == 0 {
        return Err(Problem::misconfigured("checkpoint_ttl_hours and checkpoint_max_per_item must be at least 1"));
    }
    Ok(CheckpointSettings { ttl_hours, max_per_item })
}

/// How large a draft or a checkpoint is at most, in bytes: `checkpoint_max_bytes`.
pub async fn checkpoint_max_bytes() -> Result<u64> {
    parsed("checkpoint_max_bytes", 64 * 1024 * 1024).await
}

/// Where Redis is; none if the application runs without it: `redis_url`.
pub async fn redis_url() -> Result<Option<String>> {
    filled("redis_url").await
}

/// A variable that counts as absent when it is empty.
async fn filled(name: &'static str) -> Result<Option<String>> {
    Ok(text(name).await?.filter(|value| !value.is_empty()))
}

#[cfg(target_arch = "wasm32")]
mod host {
    use send_wrapper::SendWrapper;
    use spin_sdk::variables::{self, Error};

    use crate::{Problem, Result, log};

    pub async fn get(name: &'static str) -> Result<Option<String>> {
        match SendWrapper::new(variables::get(name)).await {
            Ok(value) => Ok(Some(value)),
            Err(Error::Undefined(_)) => Ok(None),
            Err(error) => {
                log::line(format_args!("variable {name}: {error:?}"));
                Err(Problem::misconfigured(format!("the variable {name} can't be read")))
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use crate::Result;

    /// Natively the variables are those of a test: the environment's, as Spin reads them.
    pub async fn get(name: &'static str) -> Result<Option<String>> {
        Ok(std::env::var(format!("SPIN_VARIABLE_{}", name.to_uppercase())).ok())
    }
}
