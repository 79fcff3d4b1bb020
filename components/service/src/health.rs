//! Whether the service runs, and whether it can work.

use axum::Json;
use baton_core::db::{Database, params};
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, config, webhooks};
use serde::Serialize;
use utoipa::ToSchema;

/// That it runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `ready`.
    pub status: &'static str,
}

/// The parts that the service needs, and what is wrong with each.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Parts {
    /// The database: `ok`, or what is wrong.
    pub database: String,
    /// The variables.
    pub settings: String,
}

/// What is ready.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`.
    pub status: &'static str,
    /// The parts.
    pub parts: Parts,
}

/// 200 if the service runs.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)), security(()))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// 200 if storage answers and takes changes, and the settings can be used; otherwise the member `parts` says which part does not.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = ProblemDocument)))]
pub async fn readyz() -> Result<Json<Readiness>> {
    let checks = [database().await, settings().await];
    let ready = checks.iter().all(Result::is_ok);
    let [database, settings] = checks.map(|check| match check {
        Ok(()) => "ok".to_owned(),
        Err(problem) => problem.detail().to_owned(),
    });
    let parts = Parts { database, settings };
    if ready {
        return Ok(Json(Readiness { status: "ready", parts }));
    }
    let parts = serde_json::to_value(parts).unwrap_or_default();
    Err(Problem::unavailable("not ready").with("parts", parts))
}

/// Whether a change can be made: a note is rewritten that nobody reads, at most once a second, however many ask. (What
/// is written must differ from what stands there, as SQLite doesn't write what is the same.)
async fn database() -> Result<()> {
    let statement = "UPDATE readiness SET tried_at = (SELECT now FROM clock)
                     WHERE tried_at NOT BETWEEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 second') AND (SELECT now FROM clock)";
    let database = Database::open().await?;
    database.rows(statement, params![]).await?;
    // Whoever asks whether all is well asks again and again, also where nobody else asks for anything.
    webhooks::see_to(&database).await
}

async fn settings() -> Result<()> {
    config::auth_secret().await?;
    config::auth_secret_previous().await?;
    config::auth_max_hours().await?;
    config::trusted_proxies().await?;
    config::log_format().await?;
    config::sessions_enabled().await?;
    config::session_timeout_seconds().await?;
    config::event_retention_hours().await?;
    config::audit_retention_days().await.map(drop)
}
