//! One function for each route.

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::{May, look, require_edit, subject, unknown_item, unknown_session};
use baton_core::auth::{Caller, Editor, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, OptionalJson, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::reach::Reach;
use baton_core::text::{Name, Note, PartNumber};
use baton_core::written::Written;
use baton_core::{Problem, Result, config, expiry};
use serde_json::json;
use uuid::Uuid;

use crate::filter::FilterQuery;
use crate::model::{
    Acquire, HeldPart, Holder, Identity, Item, Renew, Reserved, RevisionQuery, Session, Sessions, Verified, Verify,
};
use crate::store::{self, Acquired, SessionState};

/// A part, its fence and who edits it.
#[utoipa::path(get, path = "/api/items/{part_number}", tag = "items",
    params(("part_number" = String, Path)),
    responses((status = 200, body = Item), (status = 404, body = ProblemDocument, description = "never seen")))]
pub async fn item(Viewer(caller): Viewer, path: Path) -> Result<Written<Item>> {
    let part_number = path.part_number()?;
    let database = Database::open().await?;
    store::item(&database, &caller, part_number.as_str()).await?.ok_or_else(unknown_item)
}

/// Acquires an item, or one object in it, for a workstation.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions", tag = "edit sessions",
    params(("part_number" = String, Path)), request_body = Acquire,
    responses((status = 201, body = Session),
        (status = 200, body = Session, description = "this workstation held this scope already; renewed"),
        (status = 409, body = ProblemDocument,
            description = "`held`, with the member `holder`, and for a tree up to 100 `holders`; `reserved`, with the member `reservations`, where it is somebody else's time; `in_line`, with the member `first`, where somebody waits for it; `outdated`, with the member `revision`")))]
pub async fn acquire(Editor(caller): Editor, path: Path, Json(wanted): Json<Acquire>) -> Result<Response> {
    let part_number = path.part_number()?;
    if wanted.scope == Some(Reach::Tree) && wanted.object_id.is_some() {
        return Err(Problem::invalid("object_id", "a tree has all objects in it"));
    }
    let ttl_seconds = match config::ttl_seconds(wanted.ttl_seconds).await? {
        Some(seconds) => seconds,
        None => config::session_timeout_seconds().await?,
    };
    let id = new_id();
    let database = Database::open().await?;
    let acquired = store::acquire(&database, &caller, part_number.as_str(), id, &wanted, ttl_seconds).await?;
    answer_acquire(&caller, &part_number, id, acquired)
}

fn answer_acquire(caller: &Caller, part_number: &PartNumber, id: Uuid, acquired: Option<Acquired>) -> Result<Response> {
    let Some(Acquired { workstation_user, session, holder, holders, first, reservations, other_revision, may }) =
        acquired
    else {
        return Err(Problem::unavailable("acquire gave no outcome"));
    };
    require_edit(may, unknown_item)?;
    match workstation_user {
        None => return Err(Problem::invalid("workstation_id", "there is no such workstation")),
        Some(user) if user != caller.user => return Err(Problem::forbidden("this workstation is somebody else's")),
        Some(_) => {}
    }
    match (session, holder, first, other_revision) {
        (Some(session), ..) if session.read::<Identity>()?.id == id => {
            let location = format!("/api/items/{}/edit-sessions/{id}", part_number.as_str());
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], session).into_response())
        }
        (Some(session), _, _, None) => Ok(session.into_response()),
        (None, Some(holder), ..) => Err(held(part_number, holder, holders)),
        (None, None, ..) if !reservations.is_empty() => Err(reserved(reservations)?),
        (None, None, Some(first), _) => {
            let detail = format!("{} waits for this scope", first.user);
            let first = serde_json::to_value(first).map_err(Problem::unavailable)?;
            Err(Problem::conflict("in_line", detail).with("first", first))
        }
        (_, _, _, Some(revision)) => {
            let detail = format!("the item's revision is {revision}, which isn't the expected one");
            Err(Problem::conflict("outdated", detail).with("revision", revision.into()))
        }
        (None, None, None, None) => Err(Problem::unavailable("neither a session nor a holder")),
    }
}

/// 409 `held`: by a session on the item itself, or on a tree that shares parts with what is wanted.
fn held(part_number: &PartNumber, holder: Holder, holders: Vec<HeldPart>) -> Problem {
    let detail = match holder.part_number.as_deref().filter(|held| *held != part_number.as_str()) {
        Some(held) => format!("{} holds {held}, which shares parts with this scope", holder.user),
        None => format!("{} holds this scope", holder.user),
    };
    let problem = Problem::conflict("held", detail).with("holder", json!(holder));
    if holders.is_empty() { problem } else { problem.with("holders", json!(holders)) }
}

/// 409 `reserved`.
fn reserved(reservations: Vec<Reserved>) -> Result<Problem> {
    let users: Vec<_> = reservations.iter().map(|reservation| reservation.user.as_str()).collect();
    let detail = format!("{} has reserved this item", users.join(", "));
    let reservations = serde_json::to_value(&reservations).map_err(Problem::unavailable)?;
    Ok(Problem::conflict("reserved", detail).with("reservations", reservations))
}

/// The active sessions on an item.
#[utoipa::path(get, path = "/api/items/{part_number}/edit-sessions", tag = "edit sessions",
    params(("part_number" = String, Path), PageQuery),
    responses((status = 200, body = Sessions),
        (status = 404, body = ProblemDocument, description = "the caller may not view it")))]
pub async fn list_on_item(
    Viewer(caller): Viewer,
    path: Path,
    Query(page): Query<PageQuery>,
) -> Result<Document<Sessions>> {
    let (part_number, page) = (path.part_number()?, page.check()?);
    let database = Database::open().await?;
    look(&database, &caller, part_number.as_str(), unknown_item).await?;
    let (edit_sessions, cursor) = store::on_item(&database, part_number.as_str(), page).await?;
    Ok(Document(Sessions { edit_sessions, cursor }))
}

/// One's own active sessions; everybody's with `all=true`, or with any filter.
#[utoipa::path(get, path = "/api/edit-sessions", operation_id = "list_edit_sessions", tag = "edit sessions",
    params(FilterQuery, PageQuery), responses((status = 200, body = Sessions)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(filter): Query<FilterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Sessions>> {
    let (filter, page) = (filter.check(&caller.user, subject(&caller)).await?, page.check()?);
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let (edit_sessions, cursor) = store::filtered(&database, &filter, page).await?;
    Ok(Document(Sessions { edit_sessions, cursor }))
}

/// One active session.
#[utoipa::path(get, path = "/api/items/{part_number}/edit-sessions/{session_id}", tag = "edit sessions",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)),
    responses((status = 200, body = Session), (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn session(Viewer(caller): Viewer, path: Path) -> Result<Written<Session>> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let database = Database::open().await?;
    let state = store::session(&database, &caller, part_number.as_str(), &session_id).await?;
    active(known(state)?)
}

/// Renews a session of one's own.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions/{session_id}/renew", tag = "edit sessions",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Option<Renew>,
    responses((status = 200, body = Session), (status = 403, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn renew(
    Editor(caller): Editor,
    path: Path,
    OptionalJson(body): OptionalJson<Renew>,
) -> Result<Written<Session>> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let Renew { ttl_seconds, note } = body.unwrap_or_default();
    let (ttl_seconds, note) = (config::ttl_seconds(ttl_seconds).await?, note.as_ref().map(Note::as_str));
    let database = Database::open().await?;
    let state = store::renew(&database, &caller, part_number.as_str(), &session_id, ttl_seconds, note).await?;
    let state = visible(known(state)?)?;
    let may = state.may;
    let state = own(&caller, state)?;
    require_edit(may, unknown_session)?;
    active(state)
}

/// Tells whoever stores the files whether a session is active and its fence is this one.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions/{session_id}/verify", tag = "edit sessions",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Verify,
    responses((status = 200, body = Verified), (status = 409, body = ProblemDocument, description = "`stale_fence`")))]
pub async fn verify(Viewer(caller): Viewer, path: Path, Json(claim): Json<Verify>) -> Result<Document<Verified>> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let database = Database::open().await?;
    let state = known(store::session(&database, &caller, part_number.as_str(), &session_id).await?)?;
    if state.reason.is_none() && state.session.read::<Identity>()?.fence == claim.fence {
        Ok(Document(Verified { valid: true }))
    } else {
        Err(Problem::conflict("stale_fence", "this session is over, or its fence is another one"))
    }
}

/// Releases a session of one's own, and may say which revision the item has now. Doing so again is no error, and changes
/// nothing.
#[utoipa::path(delete, path = "/api/items/{part_number}/edit-sessions/{session_id}", tag = "edit sessions",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path), RevisionQuery),
    responses((status = 204), (status = 403, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "it ended in another way before"),
        (status = 422, body = ProblemDocument)))]
pub async fn release(Editor(caller): Editor, path: Path, Query(query): Query<RevisionQuery>) -> Result<StatusCode> {
    let (part_number, session_id, revision) = (path.part_number()?, path.id("session_id")?, query.check()?);
    let revision = revision.as_ref().map(Name::as_str);
    let database = Database::open().await?;
    let state = store::release(&database, &caller, part_number.as_str(), &session_id, revision).await?;
    let state = known(state)?;
    // Giving back what one holds is no matter of rights.
    let state = if state.user == caller.user { state } else { own(&caller, visible(state)?)? };
    match state.reason.as_deref() {
        Some("released") => Ok(StatusCode::NO_CONTENT),
        Some(reason) => Err(Problem::session_lost(reason)),
        None => Err(Problem::unavailable("the release had no effect")),
    }
}

fn known(state: Option<SessionState>) -> Result<SessionState> {
    state.ok_or_else(unknown_session)
}

fn visible(state: SessionState) -> Result<SessionState> {
    if state.may == Some(May::Nothing) { Err(unknown_session()) } else { Ok(state) }
}

fn own(caller: &Caller, state: SessionState) -> Result<SessionState> {
    if state.user == caller.user { Ok(state) } else { Err(Problem::forbidden("this session is somebody else's")) }
}

fn active(state: SessionState) -> Result<Written<Session>> {
    match state.reason {
        None => Ok(state.session),
        Some(reason) => Err(Problem::session_lost(&reason)),
    }
}
