//! `GET /api/quotas` (contract, "Limits").

use axum::Json as Document;
use baton_core::auth::{Viewer, name};
use baton_core::db::Database;
use baton_core::extract::Query;
use baton_core::limits::{Quota, usage};
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// From how much of a limit on there is a warning, in percent.
const WARNING_PERCENT: u64 = 80;

/// Whose quotas.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfUser {
    /// Somebody else's, for admins; one's own if absent.
    user: Option<String>,
}

/// How near a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It isn't.
    Ok,
    /// From 80 % on.
    Warning,
    /// It is reached.
    Exceeded,
}

/// One quota of a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaUse {
    /// Of what.
    pub quota: Quota,
    /// How much the user may have; 0 for no bound.
    pub limit: u64,
    /// How much the user has.
    pub used: u64,
    /// How near the limit is.
    pub level: Level,
}

/// All quotas of a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quotas {
    /// The quotas.
    pub quotas: Vec<QuotaUse>,
}

/// What one has used of one's quotas; what another user has, for an admin with `user=`.
#[utoipa::path(get, path = "/api/quotas", operation_id = "list_quotas", tag = "quotas", params(OfUser),
    responses((status = 200, body = Quotas), (status = 403, body = ProblemDocument)))]
pub async fn quotas(Viewer(caller): Viewer, Query(whose): Query<OfUser>) -> Result<Document<Quotas>> {
    let user = match whose.user {
        Some(user) => name::known(&user).await?,
        None => caller.user.clone(),
    };
    if user != caller.user && !caller.is_admin() {
        return Err(Problem::forbidden("only admins see the quotas of others"));
    }
    let usage = usage(&Database::open().await?, &user).await?;
    let mut quotas = Vec::new();
    for quota in Quota::ALL {
        let (limit, used) = (quota.limit().await?, usage.of(quota));
        quotas.push(QuotaUse { quota, limit, used, level: level(limit, used) });
    }
    Ok(Document(Quotas { quotas }))
}

fn level(limit: u64, used: u64) -> Level {
    if limit == 0 || used.saturating_mul(100) < limit.saturating_mul(WARNING_PERCENT) {
        Level::Ok
    } else if used < limit {
        Level::Warning
    } else {
        Level::Exceeded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        for (limit, used, expected) in [
            (50, 0, Level::Ok),
            (50, 39, Level::Ok),
            (50, 40, Level::Warning),
            (50, 49, Level::Warning),
            (50, 50, Level::Exceeded),
            (50, 60, Level::Exceeded),
            (0, 1_000, Level::Ok),
            (1, 0, Level::Ok),
            (1, 1, Level::Exceeded),
        ] {
            assert_eq!(level(limit, used), expected, "{used} of {limit}");
        }
    }
}
