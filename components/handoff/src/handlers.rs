//! One function for each route.

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::access::{look, not_yours, require_edit, unknown_session};
use baton_core::auth::{Caller, Editor, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, OptionalJson, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, config, expiry};
use uuid::Uuid;

use crate::model::{Ask, Decline, HandoffRequest, HandoffRequests, Lines, Status, Which};
use crate::store::{self, Answer, Answered, Asked, Asking};

/// Asks the holder for a session, and perhaps stands in line for it.
#[utoipa::path(post, path = "/api/items/{part_number}/edit-sessions/{session_id}/request-handoff", tag = "handoff",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Ask,
    responses((status = 202, body = HandoffRequest),
        (status = 200, body = HandoffRequest, description = "asked before; the message is the new one"),
        (status = 403, body = ProblemDocument, description = "`not_yours`: one may view the part, and not edit it"),
        (status = 409, body = ProblemDocument, description = "`own_session`"),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn request(Editor(caller): Editor, path: Path, Json(ask): Json<Ask>) -> Result<Response> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    if ask.auto_acquire == Some(true) && ask.workstation_id.is_none() {
        return Err(Problem::invalid("workstation_id", "auto_acquire needs a workstation that gets the session"));
    }
    let ttl_seconds = config::session_timeout_seconds().await?;
    let id = new_id();
    let database = Database::open().await?;
    let asked = store::ask(&database, &caller, (part_number.as_str(), &session_id), id, &ask, ttl_seconds).await?;
    match asked {
        Asked::Plainly(request) => Ok((StatusCode::ACCEPTED, Document(request)).into_response()),
        Asked::Otherwise(asking) => answer_ask(&caller, &ask, id, asking),
    }
}

fn answer_ask(caller: &Caller, ask: &Ask, id: Uuid, asking: Asking) -> Result<Response> {
    let Asking { workstation_user, session, request, may } = asking;
    let session = session.ok_or_else(unknown_session)?;
    require_edit(may, unknown_session)?;
    match workstation_user {
        None if ask.workstation_id.is_some() => {
            return Err(Problem::invalid("workstation_id", "there is no such workstation"));
        }
        Some(user) if user != caller.user => return Err(Problem::forbidden("this workstation is somebody else's")),
        _ => {}
    }
    if let Some(reason) = session.reason {
        return Err(Problem::session_lost(&reason));
    }
    if session.user == caller.user && request.is_none() {
        return Err(Problem::conflict("own_session", "you hold this session yourself"));
    }
    let request = request.ok_or_else(|| Problem::unavailable("the request had no effect"))?;
    let status = if request.id == id { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Document(request)).into_response())
}

/// The requests for a session: all of them for its holder and for admins, else one's own.
#[utoipa::path(get, path = "/api/items/{part_number}/edit-sessions/{session_id}/handoff-requests", tag = "handoff",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path), PageQuery),
    responses((status = 200, body = HandoffRequests), (status = 404, body = ProblemDocument)))]
pub async fn list_on_session(
    Editor(caller): Editor,
    path: Path,
    Query(page): Query<PageQuery>,
) -> Result<Document<HandoffRequests>> {
    let (part_number, session_id, page) = (path.part_number()?, path.id("session_id")?, page.check()?);
    let database = Database::open().await?;
    if !store::has_session(&database, part_number.as_str(), &session_id).await? {
        return Err(unknown_session());
    }
    look(&database, &caller, part_number.as_str(), unknown_session).await?;
    let (handoff_requests, cursor) = store::on_session(&database, &caller, &session_id, page).await?;
    Ok(Document(HandoffRequests { handoff_requests, cursor }))
}

/// The requests that the caller made or holds the session of.
#[utoipa::path(get, path = "/api/handoff-requests", operation_id = "list_handoff_requests", tag = "handoff",
    params(Which, PageQuery), responses((status = 200, body = HandoffRequests)))]
pub async fn list(
    Editor(caller): Editor,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<Document<HandoffRequests>> {
    let page = page.check()?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let (handoff_requests, cursor) = match which.pending {
        Some(true) => store::pending_of_user(&database, &caller, page).await?,
        _ => store::of_user(&database, &caller, page).await?,
    };
    Ok(Document(HandoffRequests { handoff_requests, cursor }))
}

/// Who stands in line for what, as whoever acquires that is told anyway: no message is told.
#[utoipa::path(get, path = "/api/lines", tag = "handoff", params(PageQuery), responses((status = 200, body = Lines)))]
pub async fn lines(Viewer(caller): Viewer, Query(page): Query<PageQuery>) -> Result<Document<Lines>> {
    let page = page.check()?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let (lines, cursor) = store::lines(&database, &caller, page).await?;
    Ok(Document(Lines { lines, cursor }))
}

/// Hands the session over to the requester's workstation; releases it where the request names none.
#[utoipa::path(post, path = "/api/handoff-requests/{id}/accept", tag = "handoff", params(("id" = Uuid, Path)),
    responses((status = 200, body = HandoffRequest),
        (status = 403, body = ProblemDocument,
            description = "`forbidden`: somebody else's; `not_yours`: who asked may not edit the part any more"),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument,
         description = "`not_pending`; `held` where another session is in the way"),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn accept(Editor(caller): Editor, path: Path) -> Result<Document<HandoffRequest>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let answered = store::answer(&database, &caller, &id, Answer::Accept).await?;
    by_holder(&caller, answered).map(Document)
}

/// Refuses a request.
#[utoipa::path(post, path = "/api/handoff-requests/{id}/decline", tag = "handoff", params(("id" = Uuid, Path)),
    request_body = Option<Decline>,
    responses((status = 200, body = HandoffRequest), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "`not_pending`"),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`")))]
pub async fn decline(
    Editor(caller): Editor,
    path: Path,
    OptionalJson(body): OptionalJson<Decline>,
) -> Result<Document<HandoffRequest>> {
    let id = path.id("id")?;
    let message = body.unwrap_or_default().message;
    let database = Database::open().await?;
    let answer = Answer::Decline(message.as_ref().map(|message| message.as_str()));
    let answered = store::answer(&database, &caller, &id, answer).await?;
    by_holder(&caller, answered).map(Document)
}

/// Takes a request back. Doing so again is no error.
#[utoipa::path(delete, path = "/api/handoff-requests/{id}", tag = "handoff", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`not_pending`")))]
pub async fn cancel(Editor(caller): Editor, path: Path) -> Result<StatusCode> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let Answered { request, .. } = known(store::cancel(&database, &caller, &id).await?)?;
    if request.requester != caller.user {
        return Err(Problem::forbidden("this request is somebody else's"));
    }
    match request.status {
        Status::Cancelled => Ok(StatusCode::NO_CONTENT),
        status => Err(not_pending(status)),
    }
}

fn by_holder(caller: &Caller, answered: Option<Answered>) -> Result<HandoffRequest> {
    let Answered { done, session_reason, is_barred, request } = known(answered)?;
    if request.holder != caller.user {
        return Err(Problem::forbidden("only the holder answers a request"));
    }
    match request.status {
        _ if done => Ok(request),
        Status::Pending => Err(match session_reason {
            Some(reason) => Problem::session_lost(&reason),
            None if is_barred => not_yours(format!("{} may not edit this", request.requester)),
            None => Problem::conflict("held", "another session on this item is in the way of handing over"),
        }),
        status => Err(not_pending(status)),
    }
}

fn known(answered: Option<Answered>) -> Result<Answered> {
    answered.ok_or_else(|| Problem::not_found("there is no such request"))
}

fn not_pending(status: Status) -> Problem {
    let status = serde_json::to_value(status).unwrap_or_default();
    let detail = format!("this request is {} already", status.as_str().unwrap_or("answered"));
    Problem::conflict("not_pending", detail).with("handoff_status", status)
}
