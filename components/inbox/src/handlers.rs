//! One function for each route. All of it is the caller's own.

use axum::Json as Document;
use baton_core::Result;
use baton_core::auth::Viewer;
use baton_core::db::Database;
use baton_core::extract::{Json, Query};
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;

use crate::model::{Entries, InboxQuery, Preferences, Read, Unread};
use crate::store;

/// What concerns the caller, newest first: what is addressed to any of their workstations, and not muted.
#[utoipa::path(get, path = "/api/inbox", operation_id = "list_inbox", tag = "inbox", params(InboxQuery, PageQuery),
    responses((status = 200, body = Entries)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(query): Query<InboxQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Entries>> {
    let page = page.check()?;
    let database = Database::open().await?;
    let (entries, cursor) = store::entries(&database, &caller, &query, page).await?;
    Ok(Document(Entries { entries, cursor }))
}

/// How much of it the caller hasn't read.
#[utoipa::path(get, path = "/api/inbox/count", operation_id = "count_inbox", tag = "inbox",
    responses((status = 200, body = Unread)))]
pub async fn count(Viewer(caller): Viewer) -> Result<Document<Unread>> {
    let database = Database::open().await?;
    store::unread(&database, &caller).await.map(Document)
}

/// Marks entries as read: those named, or all up to one, which is included. What isn't in the caller's inbox is passed over.
#[utoipa::path(post, path = "/api/inbox/read", operation_id = "read_inbox", tag = "inbox", request_body = Read,
    responses((status = 200, body = Unread, description = "what is left"),
        (status = 422, body = ProblemDocument, description = "neither `ids` nor `through`")))]
pub async fn read(Viewer(caller): Viewer, Json(marked): Json<Read>) -> Result<Document<Unread>> {
    let marked = marked.check()?;
    let database = Database::open().await?;
    store::mark(&database, &caller, &marked).await.map(Document)
}

/// What the caller has set.
#[utoipa::path(get, path = "/api/preferences", operation_id = "preferences", tag = "inbox",
    responses((status = 200, body = Preferences)))]
pub async fn preferences(Viewer(caller): Viewer) -> Result<Document<Preferences>> {
    let database = Database::open().await?;
    store::preferences(&database, &caller.user).await.map(Document)
}

/// Sets it anew.
#[utoipa::path(put, path = "/api/preferences", operation_id = "set_preferences", tag = "inbox", request_body = Preferences,
    responses((status = 200, body = Preferences)))]
pub async fn prefer(Viewer(caller): Viewer, Json(wanted): Json<Preferences>) -> Result<Document<Preferences>> {
    let database = Database::open().await?;
    store::prefer(&database, &caller, &wanted).await.map(Document)
}
