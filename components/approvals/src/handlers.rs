//! One function for each route.

use axum::Json as Document;
use baton_core::approval::Approval;
use baton_core::auth::{Caller, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::workflow::{PENDING, Workflow, library};
use baton_core::{Problem, Result, config, expiry};

use crate::model::{Approvals, Filter, Sign, Workflows};
use crate::store::{self, Cancelled, Signed};

/// The approvals.
#[utoipa::path(get, path = "/api/approvals", operation_id = "list_approvals", tag = "override",
    params(Filter, PageQuery), responses((status = 200, body = Approvals)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Approvals>> {
    let page = page.check()?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let (approvals, cursor) = store::list(&database, &caller, filter.state.as_deref(), page).await?;
    Ok(Document(Approvals { approvals, cursor }))
}

/// One approval.
#[utoipa::path(get, path = "/api/approvals/{id}", tag = "override", params(("id" = Uuid, Path)),
    responses((status = 200, body = Approval), (status = 404, body = ProblemDocument)))]
pub async fn approval(Viewer(caller): Viewer, path: Path) -> Result<Document<Approval>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    store::approval(&database, &caller, &id).await?.map(Document).ok_or_else(unknown)
}

/// Signs. With the last signature that it takes, and in the same step, the session is released.
#[utoipa::path(post, path = "/api/approvals/{id}/sign", operation_id = "sign_approval", tag = "override",
    params(("id" = Uuid, Path)), request_body = Sign,
    responses((status = 200, body = Approval),
        (status = 403, body = ProblemDocument, description = "no role that a gate takes, or asked for it"),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`already_signed`, `not_pending`"),
        (status = 422, body = ProblemDocument, description = "it has no gate of that name")))]
pub async fn sign(Viewer(caller): Viewer, path: Path, Json(sign): Json<Sign>) -> Result<Document<Approval>> {
    let id = path.id("id")?;
    let allow_self_sign = config::parsed("approval_allow_self_sign", false).await?;
    let database = Database::open().await?;
    let signed = store::sign(&database, &caller, &id, &sign, allow_self_sign).await?.ok_or_else(unknown)?;
    answer_sign(&caller, allow_self_sign, signed).map(Document)
}

fn answer_sign(caller: &Caller, allow_self_sign: bool, outcome: Signed) -> Result<Approval> {
    let Signed { signed, has_gate, has_role, approval } = outcome;
    if signed == Some(true) {
        return Ok(approval);
    }
    if !has_gate {
        return Err(Problem::invalid("gate", "this approval has no such gate"));
    }
    if !has_role {
        return Err(Problem::forbidden("no gate of this approval takes a role of yours"));
    }
    if approval.requested_by == caller.user && !allow_self_sign {
        return Err(Problem::forbidden("who asked for an approval may not sign it"));
    }
    if approval.state != PENDING {
        return Err(not_pending(&approval));
    }
    match signed {
        Some(_) => Err(Problem::conflict("already_signed", "you have signed this approval already")),
        None => Err(Problem::unavailable("the signature had no effect")),
    }
}

/// Calls an approval off.
#[utoipa::path(post, path = "/api/approvals/{id}/cancel", operation_id = "cancel_approval", tag = "override",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Approval), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "`not_pending`")))]
pub async fn cancel(Viewer(caller): Viewer, path: Path) -> Result<Document<Approval>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let Cancelled { done, approval } = store::cancel(&database, &caller, &id).await?.ok_or_else(unknown)?;
    if done {
        return Ok(Document(approval));
    }
    if approval.requested_by != caller.user && !caller.is_admin() {
        return Err(Problem::forbidden("only who asked for it, or an admin, calls an approval off"));
    }
    Err(not_pending(&approval))
}

/// The workflows, and the files that can't be used.
#[utoipa::path(get, path = "/api/workflows", tag = "override", responses((status = 200, body = Workflows)))]
pub async fn workflows(_: Viewer) -> Document<Workflows> {
    let library = library();
    Document(Workflows { workflows: library.workflows.clone(), refused: library.refused.clone(), cursor: None })
}

/// One workflow.
#[utoipa::path(get, path = "/api/workflows/{name}", tag = "override", params(("name" = String, Path)),
    responses((status = 200, body = Workflow), (status = 404, body = ProblemDocument),
        (status = 503, body = ProblemDocument, description = "`workflow_invalid`, with file and line")))]
pub async fn workflow(_: Viewer, path: Path) -> Result<Document<Workflow>> {
    library().find(path.text("name")).cloned().map(Document)
}

fn unknown() -> Problem {
    Problem::not_found("there is no such approval")
}

fn not_pending(approval: &Approval) -> Problem {
    Problem::conflict("not_pending", format!("this approval is {} already", approval.state))
}
