//! One function for each route below `/lfs`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::{May, require_edit};
use baton_core::auth::{Caller, Editor, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, OptionalJson, Path, Query};
use baton_core::force_release::{self, Ordered, Target, Terms};
use baton_core::git_lfs::Document;
use baton_core::repository::{FilePath, RepositoryName};
use baton_core::{Problem, Result, expiry};

use crate::model::{
    self, LFS, LockRequest, Locks, LocksQuery, Message, OneLock, Page, UnlockRequest, Verified, VerifyRequest,
};
use crate::store::{self, LockState, Locked};
use crate::{message, repositories};

/// What a force-release says that comes from `git lfs unlock --force`.
const FORCED: &str = "git lfs unlock --force";

/// Locks a file. Whoever holds it already is given the lock that they hold.
#[utoipa::path(post, path = "/lfs/{repository}/locks", tag = "git lfs", security(("token" = []), ("basic" = [])), params(("repository" = RepositoryName, Path)),
    request_body(content = LockRequest, content_type = LFS),
    responses((status = 201, body = OneLock, content_type = LFS),
        (status = 403, body = Message, content_type = LFS, description = "one may view what lies there, and not edit it"),
        (status = 404, body = Message, content_type = LFS, description = "one may not view it"),
        (status = 409, body = Message, content_type = LFS,
            description = "somebody else holds it, with the member `lock`, or waits for it: `message` says who, since when, \
                           what for, and how to ask")))]
pub async fn lock(Editor(caller): Editor, path: Path, Json(wanted): Json<LockRequest>) -> Result<Response> {
    let (repository, path) = (model::repository(&path)?, wanted.path);
    let database = Database::open().await?;
    let locked = store::lock(&database, &caller, &repository, &path).await?;
    require_edit(locked.as_ref().and_then(|locked| locked.may), unknown)?;
    match locked {
        Some(Locked { own: Some(lock), other: None, .. }) => {
            Ok((StatusCode::CREATED, Document(OneLock { lock })).into_response())
        }
        Some(Locked { other: Some(other), .. }) => {
            let lock = other.lock.read()?;
            Err(Problem::conflict("held", message::held(path.as_str(), &other.held)).with("lock", lock))
        }
        Some(Locked { reserved_by: Some(user), .. }) => {
            Err(Problem::conflict("reserved", message::reserved(path.as_str(), &user)))
        }
        Some(Locked { first: Some(first), .. }) => {
            Err(Problem::conflict("in_line", message::in_line(path.as_str(), &first)))
        }
        _ => Err(Problem::unavailable("neither a lock nor a holder")),
    }
}

/// The locks of a repository.
#[utoipa::path(get, path = "/lfs/{repository}/locks", operation_id = "list_locks", tag = "git lfs", security(("token" = []), ("basic" = [])),
    params(("repository" = RepositoryName, Path), LocksQuery),
    responses((status = 200, body = Locks, content_type = LFS)))]
pub async fn list(Viewer(caller): Viewer, path: Path, Query(query): Query<LocksQuery>) -> Result<Document<Locks>> {
    let (repository, page) = (model::repository(&path)?, query.page()?);
    let file = query.path.as_deref().map(FilePath::parse).transpose();
    let file = file.map_err(|detail| Problem::invalid("path", detail))?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    store::list(&database, &caller, &repository, file.as_ref(), query.id.as_deref(), page).await.map(Document)
}

/// The locks of a repository, sorted by whose they are: what git-lfs asks before a push. The caller's own are renewed.
#[utoipa::path(post, path = "/lfs/{repository}/locks/verify", operation_id = "verify_locks", tag = "git lfs", security(("token" = []), ("basic" = [])),
    params(("repository" = RepositoryName, Path)), request_body(content = Option<VerifyRequest>, content_type = LFS),
    responses((status = 200, body = Verified, content_type = LFS)))]
pub async fn verify(
    Editor(caller): Editor,
    path: Path,
    OptionalJson(body): OptionalJson<VerifyRequest>,
) -> Result<Document<Verified>> {
    let (repository, body) = (model::repository(&path)?, body.unwrap_or_default());
    let page = Page::new(body.cursor.as_deref(), body.limit)?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    store::verify(&database, &caller, &repository, page).await.map(Document)
}

/// Gives a lock back; with `force` also somebody else's, by who may override there.
#[utoipa::path(post, path = "/lfs/{repository}/locks/{id}/unlock", tag = "git lfs", security(("token" = []), ("basic" = [])),
    params(("repository" = RepositoryName, Path), ("id" = Uuid, Path)),
    request_body(content = Option<UnlockRequest>, content_type = LFS),
    responses((status = 200, body = OneLock, content_type = LFS),
        (status = 202, body = Message, content_type = LFS, description = "it stays until the approval is signed that is named"),
        (status = 403, body = Message, content_type = LFS, description = "somebody else's"),
        (status = 410, body = Message, content_type = LFS, description = "it ended in another way before")))]
pub async fn unlock(
    Editor(caller): Editor,
    path: Path,
    OptionalJson(body): OptionalJson<UnlockRequest>,
) -> Result<Response> {
    let (repository, id) = (model::repository(&path)?, path.id("id")?);
    let is_forced = body.unwrap_or_default().force.unwrap_or(false);
    let database = Database::open().await?;
    let state = store::state(&database, &caller, &repository, &id).await?;
    let state = state.filter(|state| state.held.user == caller.user || state.may != Some(May::Nothing));
    let state = state.ok_or_else(unknown)?;
    if state.held.user == caller.user {
        give_back(&database, &caller, state, &id).await
    } else if let Some(reason) = &state.reason {
        Err(Problem::session_lost(reason))
    } else if is_forced && (caller.is_admin() || state.may == Some(May::Lead)) {
        force(&caller, state, &id).await
    } else {
        Err(Problem::forbidden(message::held(&state.path, &state.held)))
    }
}

fn unknown() -> Problem {
    Problem::not_found("this repository has no such lock")
}

async fn give_back(database: &Database, caller: &Caller, state: LockState, id: &str) -> Result<Response> {
    match store::release(database, caller, &state.part_number, id).await?.as_deref() {
        Some("released") => Ok(Document(OneLock { lock: state.lock }).into_response()),
        Some(reason) => Err(Problem::session_lost(reason)),
        None => Err(Problem::unavailable("the release had no effect")),
    }
}

async fn force(caller: &Caller, state: LockState, id: &str) -> Result<Response> {
    let target = Target { part_number: &state.part_number, session_id: id };
    match force_release::order(caller, target, Terms { reason: FORCED, save_seconds: 0 }).await? {
        // (Nothing is to be saved first.)
        Ordered::Released { .. } | Ordered::Saving(_) => Ok(Document(OneLock { lock: state.lock }).into_response()),
        Ordered::Awaiting(approval) => {
            let message = message::awaiting(&state.path, &approval.id.to_string());
            let request_id = caller.request.id.clone();
            Ok((StatusCode::ACCEPTED, Document(Message { message, request_id })).into_response())
        }
    }
}

/// Sends git-lfs to the repository's upstream, with the same body and without the credentials for this host.
#[utoipa::path(post, path = "/lfs/{repository}/objects/batch", operation_id = "batch_objects", tag = "git lfs", security(("token" = []), ("basic" = [])),
    params(("repository" = RepositoryName, Path)), request_body(content = Object, content_type = LFS),
    responses((status = 307, description = "to the same route under the repository's upstream"),
        (status = 501, body = Message, content_type = LFS, description = "the repository has no upstream")))]
pub async fn objects(Viewer(_): Viewer, path: Path, headers: HeaderMap) -> Result<Response> {
    let repository = model::repository(&path)?;
    let database = Database::open().await?;
    let Some(upstream) = repositories::upstream(&database, &repository).await? else {
        let detail = format!(
            "Baton keeps locks and no objects, and {} has no upstream: an admin sets it by PUT /api/repositories/{0}",
            repository.as_str()
        );
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "no_upstream", detail));
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if upstream.is_at(host) {
        let detail = "the upstream is at Baton's own host and port, so that git-lfs would show it the token for Baton";
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "no_upstream", detail));
    }
    let location = HeaderValue::from_str(&upstream.batch()).map_err(Problem::unavailable)?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response())
}
