//! Who has held an item, one after the other (contract, "Metrics and statistics").

use axum::Json as Document;
use baton_core::access::{look, unknown_item};
use baton_core::auth::Viewer;
use baton_core::db::{Database, params};
use baton_core::extract::{Path, Query};
use baton_core::page::{Page, PageQuery, Paged};
use baton_core::problem::ProblemDocument;
use baton_core::{Result, item};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One session of an item, from its grant to its end.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// The session.
    pub session_id: Uuid,
    /// Who held it.
    pub user: String,
    /// The fence of its grant.
    pub fence: i64,
    /// From when.
    #[schema(format = DateTime)]
    pub acquired_at: String,
    /// Until when; null as long as it is held.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// `released`, `expired`, `transferred` or `force_released`; null as long as it is held.
    #[schema(example = "released")]
    pub end: Option<String>,
    /// How many requests for it there were.
    #[schema(minimum = 0)]
    pub requests: i64,
}

/// A page of an item's past.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The sessions, oldest first.
    pub timeline: Vec<Held>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// Who has held an item, as far back as the audit log goes.
#[utoipa::path(get, path = "/api/items/{part_number}/timeline", tag = "items",
    params(("part_number" = String, Path), PageQuery),
    responses((status = 200, body = Timeline), (status = 404, body = ProblemDocument, description = "never seen")))]
pub async fn timeline(Viewer(caller): Viewer, path: Path, Query(page): Query<PageQuery>) -> Result<Document<Timeline>> {
    let (part_number, page) = (path.part_number()?, page.check()?);
    let database = Database::open().await?;
    look(&database, &caller, part_number.as_str(), unknown_item).await?;
    let (timeline, cursor) = read(&database, part_number.as_str(), page).await?;
    if timeline.is_empty() {
        item::must_be_known(&database, part_number.as_str()).await?;
    }
    Ok(Document(Timeline { timeline, cursor }))
}

/// By the audit log, which has an index of the parts, of entries that are sealed: sessions that are over have none, so that an
/// acquire needn't keep it.
async fn read(database: &Database, part_number: &str, page: Page) -> Result<Paged<Held>> {
    let statement = "
        SELECT json_object('session_id', s.id, 'user', s.user, 'fence', s.fence, 'acquired_at', s.acquired_at,
                           'ended_at', iif(s.reason IS NULL, NULL, coalesce(s.ended_at, s.expires_at)), 'end', s.reason,
                           'requests', (SELECT count(*) FROM handoff_requests r WHERE r.session_id = s.id)), a.seq
        FROM (SELECT seq, resource_id, action FROM audit WHERE part_number = ?1 AND hash IS NOT NULL AND seq > ?2
              UNION ALL
              SELECT seq, resource_id, action FROM audit WHERE +part_number = ?1 AND hash IS NULL AND seq > ?2) a
        JOIN (SELECT id, user, fence, acquired_at, ended_at, expires_at,
                     CASE WHEN ended_at IS NOT NULL THEN end_reason
                          WHEN expires_at <= (SELECT now FROM clock) THEN 'expired' END AS reason FROM sessions) s
          ON s.id = a.resource_id
        WHERE +a.action = 'edit.session_acquired' ORDER BY a.seq LIMIT ?3";
    page.read(database, statement, params![part_number]).await
}
