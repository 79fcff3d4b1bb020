//! One function for each route. Whatever is read has been sealed before.

use axum::Json as Document;
use axum::response::Response;
use baton_core::Result;
use baton_core::auth::Admin;
use baton_core::db::Database;
use baton_core::extract::Query;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::seal::seal;

use crate::filter::FilterQuery;
use crate::model::{Entries, Entry, EntryId, ExportQuery, Statistics, StatisticsQuery, Verdict, unknown_entry};
use crate::{chain, export, store};

/// The audit log: every change of state, oldest first.
#[utoipa::path(get, path = "/api/audit", operation_id = "list_audit", tag = "audit", params(FilterQuery, PageQuery),
    responses((status = 200, body = Entries),
        (status = 400, body = ProblemDocument, description = "`invalid_query`, `invalid_cursor`"),
        (status = 403, body = ProblemDocument)))]
pub async fn list(
    _: Admin,
    Query(filter): Query<FilterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Entries>> {
    let (filter, page) = (filter.with_known_actor().await?.check()?, page.check()?);
    let database = Database::open().await?;
    seal(&database).await?;
    let (entries, cursor) = store::page(&database, &filter, page).await?;
    Ok(Document(Entries { entries, cursor }))
}

/// One entry of the audit log.
#[utoipa::path(get, path = "/api/audit/{id}", operation_id = "audit_entry", tag = "audit",
    params(("id" = String, Path)),
    responses((status = 200, body = Entry), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn entry(_: Admin, EntryId(id): EntryId) -> Result<Document<Entry>> {
    let database = Database::open().await?;
    seal(&database).await?;
    store::entry(&database, id).await?.map(Document).ok_or_else(unknown_entry)
}

/// The audit log as a file, up to the entry that is the newest one at the beginning. In CSV, a field that a
/// spreadsheet would take for a formula begins with an apostrophe, and `details` is JSON text.
#[utoipa::path(get, path = "/api/audit/export", operation_id = "export_audit", tag = "audit",
    params(ExportQuery, FilterQuery),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson")),
            description = "ends before its end if storage fails on the way: the connection breaks off"),
        (status = 400, body = ProblemDocument, description = "`invalid_query`: also without a `format`"),
        (status = 403, body = ProblemDocument)))]
pub async fn export(
    Admin(caller): Admin,
    Query(query): Query<ExportQuery>,
    Query(filter): Query<FilterQuery>,
) -> Result<Response> {
    let filter = filter.with_known_actor().await?.check()?;
    caller.note("exports", "audit");
    let database = Database::open().await?;
    seal(&database).await?;
    let through = store::extent(&database).await?.newest;
    Ok(export::respond(query.format, filter, through))
}

/// Whether the audit log is as it was written: recomputes the hash of every entry from the first one on.
#[utoipa::path(get, path = "/api/audit/verify", operation_id = "verify_audit", tag = "audit",
    responses((status = 200, body = Verdict), (status = 403, body = ProblemDocument)))]
pub async fn verify(_: Admin) -> Result<Document<Verdict>> {
    let database = Database::open().await?;
    chain::verify(&database).await.map(Document)
}

/// How many changes there were, counted by what they did, who made them, on which item, or on which day: the 1,000 largest
/// counts, or the first 1,000 days.
#[utoipa::path(get, path = "/api/audit/statistics", operation_id = "audit_statistics", tag = "audit",
    params(StatisticsQuery),
    responses((status = 200, body = Statistics), (status = 400, body = ProblemDocument, description = "`invalid_query`"),
        (status = 403, body = ProblemDocument)))]
pub async fn statistics(_: Admin, Query(query): Query<StatisticsQuery>) -> Result<Document<Statistics>> {
    let (span, by) = (query.span()?, query.by.unwrap_or_default());
    let database = Database::open().await?;
    seal(&database).await?;
    let statistics = store::statistics(&database, by, span).await?;
    Ok(Document(Statistics { statistics }))
}
