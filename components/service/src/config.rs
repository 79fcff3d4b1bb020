//! The settings in force.

use axum::Json;
use baton_core::auth::Admin;
use baton_core::limits::Quota;
use baton_core::problem::ProblemDocument;
use baton_core::{Result, config};
use serde::Serialize;
use utoipa::ToSchema;

/// The variables of `spin.toml` without the secret ones.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settings {
    /// Whether the module is on.
    pub sessions_enabled: bool,
    /// How long a session lasts without being renewed, in minutes.
    pub session_timeout_minutes: i64,
    /// How long a session may last at most without being renewed, in hours.
    pub session_ttl_max_hours: i64,
    /// After how many hours without its holder's doing a session is stale.
    pub session_stale_hours: f64,
    /// How long a checkpoint is kept, in hours.
    pub checkpoint_ttl_hours: u32,
    /// How many checkpoints an item has at most.
    pub checkpoint_max_per_item: u32,
    /// How large a checkpoint is at most, in bytes.
    pub checkpoint_max_bytes: u64,
    /// Whether a force-release needs an approval.
    pub force_release_requires_approval: bool,
    /// The workflow of that approval.
    pub force_release_workflow: String,
    /// Whether who asks for an approval may sign it.
    pub approval_allow_self_sign: bool,
    /// How long events are kept, in hours.
    pub event_retention_hours: u32,
    /// How long entries of the audit log are kept, in days; 0 for ever.
    pub audit_retention_days: u32,
    /// Where Redis is, without credentials; null without Redis.
    pub redis_url: Option<String>,
    /// What the `aud` of a token must hold; null if that is all the same.
    pub auth_audience: Option<String>,
    /// How far ahead the end of a token may lie, in hours; 0 for no bound.
    pub auth_max_hours: u32,
    /// The issuer of the shop's own sign-on; empty without one.
    pub oidc_issuer: String,
    /// What the `aud` of its tokens must hold.
    pub oidc_audience: String,
    /// The claim that names the user.
    pub oidc_user_claim: String,
    /// The claim that names the user's roles.
    pub oidc_role_claim: String,
    /// What these come to here.
    pub oidc_roles: String,
    /// The proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: String,
    /// `text` or `json`: how requests are logged.
    pub log_format: String,
    /// Hosts inside that webhooks may be sent to.
    pub webhook_hosts: String,
    /// Whom webhooks may be sent to at all.
    pub webhook_outbound: String,
    /// How many changes each user may make in a minute; 0 for no bound, as with all that follow.
    pub rate_limit_changes_per_minute: u32,
    /// How many requests of each user may wait for events at once.
    pub rate_limit_waiting: usize,
    /// How many workstations each user may have.
    pub quota_workstations: u64,
    /// How many items the workstations of each user may watch besides those that they hold or ask for.
    pub quota_subscriptions: u64,
    /// How many active sessions each user may have.
    pub quota_sessions: u64,
    /// How many pending requests each user may have.
    pub quota_requests: u64,
    /// How many bytes of checkpoints and drafts each user may have.
    pub quota_checkpoint_bytes: u64,
    /// How many reserved times of parts each user may have.
    pub quota_reservations: u64,
}

/// The settings in force, secrets left out.
#[utoipa::path(get, path = "/api/config", tag = "health",
    responses((status = 200, body = Settings), (status = 403, body = ProblemDocument)))]
pub async fn config(_: Admin) -> Result<Json<Settings>> {
    Ok(Json(Settings {
        sessions_enabled: config::sessions_enabled().await?,
        session_timeout_minutes: config::session_timeout_seconds().await? / 60,
        session_ttl_max_hours: config::session_ttl_max_seconds().await? / 3600,
        session_stale_hours: config::session_stale_seconds().await? / 3600.0,
        checkpoint_ttl_hours: config::parsed("checkpoint_ttl_hours", 168).await?,
        checkpoint_max_per_item: config::parsed("checkpoint_max_per_item", 5).await?,
        checkpoint_max_bytes: config::parsed("checkpoint_max_bytes", 64 * 1024 * 1024).await?,
        force_release_requires_approval: config::parsed("force_release_requires_approval", false).await?,
        force_release_workflow: config::parsed("force_release_workflow", "session-override".to_owned()).await?,
        approval_allow_self_sign: config::parsed("approval_allow_self_sign", false).await?,
        event_retention_hours: config::event_retention_hours().await?,
        audit_retention_days: config::audit_retention_days().await?,
        redis_url: config::redis_url().await?.map(|url| without_credentials(&url)),
        auth_audience: config::auth_audience().await?,
        auth_max_hours: config::auth_max_hours().await?,
        oidc_issuer: config::parsed("oidc_issuer", String::new()).await?,
        oidc_audience: config::parsed("oidc_audience", String::new()).await?,
        oidc_user_claim: config::parsed("oidc_user_claim", "sub".to_owned()).await?,
        oidc_role_claim: config::parsed("oidc_role_claim", "groups".to_owned()).await?,
        oidc_roles: config::parsed("oidc_roles", String::new()).await?,
        trusted_proxies: config::parsed("trusted_proxies", String::new()).await?,
        log_format: config::parsed("log_format", "text".to_owned()).await?,
        webhook_hosts: config::parsed("webhook_hosts", String::new()).await?,
        webhook_outbound: config::parsed("webhook_outbound", "*://*:*".to_owned()).await?,
        rate_limit_changes_per_minute: config::rate_of_changes().await?,
        rate_limit_waiting: config::rate_of_waiting().await?,
        quota_workstations: Quota::Workstations.limit().await?,
        quota_subscriptions: Quota::Subscriptions.limit().await?,
        quota_sessions: Quota::Sessions.limit().await?,
        quota_requests: Quota::Requests.limit().await?,
        quota_checkpoint_bytes: Quota::CheckpointBytes.limit().await?,
        quota_reservations: Quota::Reservations.limit().await?,
    }))
}

/// Drops what stands between the scheme and the host.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(not a URL)".to_owned() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host_begin = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    // A query may hold a password too.
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    format!("{scheme}://{}", &rest[host_begin..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_url_loses_its_password() {
        for (url, shown) in [
            ("redis://localhost:6379", "redis://localhost:6379"),
            ("rediss://user:p@ss@host:1/2?password=x", "rediss://host:1/2"),
            (":secret", "(not a URL)"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
