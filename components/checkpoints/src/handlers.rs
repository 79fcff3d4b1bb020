//! One function for each route.

use axum::Json as Document;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::{May, look, may, require_edit, unknown_item, unknown_session};
use baton_core::auth::{Caller, Editor, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Path, Query};
use baton_core::limits::{Quota, usage};
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, config, item};

use crate::model::{Checkpoint, Checkpoints, LabelQuery};
use crate::store::{self, Keeping, SessionState};
use crate::{download, upload};

/// Saves the holder's work in progress. A session has one draft: the last one stands. It becomes a checkpoint if the
/// session is force-released, and goes with the session otherwise.
#[utoipa::path(put, path = "/api/items/{part_number}/edit-sessions/{session_id}/draft", tag = "checkpoints",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream",
        description = "the bytes, of any type and of `checkpoint_max_bytes` at most"),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`"),
        (status = 413, body = ProblemDocument, description = "`payload_too_large`")))]
pub async fn save_draft(Editor(caller): Editor, path: Path, request: Request) -> Result<StatusCode> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let settings = config::checkpoints().await?;
    require_holder(&caller, part_number.as_str(), &session_id).await?;
    let blob = upload::receive(&caller, request).await?;
    let keeping = async {
        let database = Database::open().await?;
        let outcome = store::save_draft(&database, &caller, part_number.as_str(), &session_id, &blob, settings).await?;
        kept(&caller, part_number.as_str(), &session_id, outcome).await
    };
    or_discard(&blob.id, keeping.await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what the holder uploads as a checkpoint of the item, for `checkpoint_ttl_hours`. Beyond
/// `checkpoint_max_per_item` the oldest one goes.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions/{session_id}/checkpoints", tag = "checkpoints",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path), LabelQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream",
        description = "the bytes, of any type and of `checkpoint_max_bytes` at most"),
    responses((status = 201, body = Checkpoint, headers(("Location" = String))),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`"),
        (status = 413, body = ProblemDocument, description = "`payload_too_large`")))]
pub async fn create_checkpoint(
    Editor(caller): Editor,
    path: Path,
    Query(query): Query<LabelQuery>,
    request: Request,
) -> Result<Response> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let label = query.check()?;
    let settings = config::checkpoints().await?;
    require_holder(&caller, part_number.as_str(), &session_id).await?;
    let blob = upload::receive(&caller, request).await?;
    let keeping = async {
        let (database, part_number) = (Database::open().await?, part_number.as_str());
        let label = label.as_ref();
        let outcome =
            store::create_checkpoint(&database, &caller, part_number, &session_id, label, &blob, settings).await?;
        kept(&caller, part_number, &session_id, outcome).await
    };
    let checkpoint = or_discard(&blob.id, keeping.await).await?;
    let location = format!("/api/items/{}/checkpoints/{}", checkpoint.part_number, checkpoint.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Document(checkpoint)).into_response())
}

/// The checkpoints of an item, newest first.
#[utoipa::path(get, path = "/api/items/{part_number}/checkpoints", tag = "checkpoints",
    params(("part_number" = String, Path), PageQuery),
    responses((status = 200, body = Checkpoints),
        (status = 404, body = ProblemDocument, description = "the item was never seen")))]
pub async fn list_checkpoints(
    Viewer(caller): Viewer,
    path: Path,
    Query(page): Query<PageQuery>,
) -> Result<Document<Checkpoints>> {
    let (part_number, page) = (path.part_number()?, page.check()?);
    let database = Database::open().await?;
    // A session that has just expired may leave its draft.
    look(&database, &caller, part_number.as_str(), unknown_item).await?;
    item::must_be_known(&database, part_number.as_str()).await?;
    let (checkpoints, cursor) = store::of_item(&database, part_number.as_str(), page).await?;
    Ok(Document(Checkpoints { checkpoints, cursor }))
}

/// One checkpoint.
#[utoipa::path(get, path = "/api/items/{part_number}/checkpoints/{id}", tag = "checkpoints",
    params(("part_number" = String, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Checkpoint), (status = 404, body = ProblemDocument)))]
pub async fn checkpoint(Viewer(caller): Viewer, path: Path) -> Result<Document<Checkpoint>> {
    let (part_number, id) = (path.part_number()?, path.id("id")?);
    let database = Database::open().await?;
    store::checkpoint(&database, &caller, part_number.as_str(), &id).await?.map(Document).ok_or_else(no_such_checkpoint)
}

/// The bytes of a checkpoint, as they were uploaded. `Range` asks for a part, one at a time.
#[utoipa::path(get, path = "/api/items/{part_number}/checkpoints/{id}/content", tag = "checkpoints",
    params(("part_number" = String, Path), ("id" = Uuid, Path),
        ("Range" = Option<String>, Header, description = "`bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-LENGTH`"),
        ("If-Range" = Option<String>, Header, description = "all bytes if they don't have this `ETag`"),
        ("If-None-Match" = Option<String>, Header, description = "304 if they have this `ETag`")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "*/*",
            description = "all bytes, with the content type that they were uploaded with",
            headers(("ETag" = String, description = "`\"SHA-256 in hexadecimal digits\"`"),
                ("Digest" = String, description = "`sha-256=BASE64` of all bytes (RFC 3230)"), ("Accept-Ranges" = String))),
        (status = 206, body = Vec<u8>, content_type = "*/*", description = "a part",
            headers(("Content-Range" = String))),
        (status = 304, description = "the client has them"), (status = 404, body = ProblemDocument),
        (status = 416, body = ProblemDocument, description = "`range_not_satisfiable`")))]
pub async fn checkpoint_content(
    Viewer(caller): Viewer,
    path: Path,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    let (part_number, id) = (path.part_number()?, path.id("id")?);
    caller.note("downloads", &id);
    let database = Database::open().await?;
    let content =
        store::content(&database, &caller, part_number.as_str(), &id).await?.ok_or_else(no_such_checkpoint)?;
    download::answer(&content, &method, &headers)
}

/// Deletes a checkpoint of one's own, or any for an admin.
#[utoipa::path(delete, path = "/api/items/{part_number}/checkpoints/{id}", tag = "checkpoints",
    params(("part_number" = String, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn delete_checkpoint(Editor(caller): Editor, path: Path) -> Result<StatusCode> {
    let (part_number, id) = (path.part_number()?, path.id("id")?);
    let database = Database::open().await?;
    // Afterwards nobody could tell one that is deleted now from one that never was.
    let checkpoint =
        store::checkpoint(&database, &caller, part_number.as_str(), &id).await?.ok_or_else(no_such_checkpoint)?;
    if checkpoint.user != caller.user && !caller.is_admin() {
        return Err(Problem::forbidden("this checkpoint is somebody else's"));
    }
    if store::delete_checkpoint(&database, &caller, part_number.as_str(), &id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    require_edit(may(&database, &caller, part_number.as_str()).await?, no_such_checkpoint)?;
    Err(Problem::unavailable("the deletion had no effect"))
}

/// Refuses what the final statement would refuse, before anybody sends megabytes for it.
async fn require_holder(caller: &Caller, part_number: &str, session_id: &str) -> Result<()> {
    let database = Database::open().await?;
    holder(caller, store::session(&database, caller, part_number, session_id).await?)?;
    let (limit, used) =
        (Quota::CheckpointBytes.limit().await?, usage(&database, &caller.user).await?.of(Quota::CheckpointBytes));
    if limit > 0 && used > limit { Err(Quota::CheckpointBytes.exceeded(limit, used)) } else { Ok(()) }
}

fn holder(caller: &Caller, session: Option<SessionState>) -> Result<()> {
    let session = session.filter(|session| session.may != Some(May::Nothing)).ok_or_else(unknown_session)?;
    if session.user != caller.user {
        return Err(Problem::forbidden("this session is somebody else's"));
    }
    require_edit(session.may, unknown_session)?;
    session.reason.map_or(Ok(()), |reason| Err(Problem::session_lost(&reason)))
}

async fn kept<T>(caller: &Caller, part_number: &str, session_id: &str, outcome: Option<Keeping<T>>) -> Result<T> {
    let outcome = outcome.ok_or_else(|| Problem::unavailable("keeping gave no outcome"))?;
    match outcome.kept {
        Some(kept) => Ok(kept),
        None => {
            holder(caller, outcome.session)?;
            // The right may have gone while the bytes came.
            require_holder(caller, part_number, session_id).await?;
            Err(Problem::unavailable("an upload had gone before it was kept"))
        }
    }
}

/// Leaves nothing of an upload that couldn't be kept.
async fn or_discard<T>(blob_id: &str, outcome: Result<T>) -> Result<T> {
    if outcome.is_err() {
        upload::discard(blob_id).await;
    }
    outcome
}

fn no_such_checkpoint() -> Problem {
    Problem::not_found("this item has no such checkpoint")
}
