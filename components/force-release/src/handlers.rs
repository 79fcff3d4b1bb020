//! The one route: releases at once, or asks for an approval.

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::auth::{Admin, Caller};
use baton_core::db::Database;
use baton_core::extract::{Json, Path};
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, config, workflow};

use crate::model::{Awaiting, Order, Released};
use crate::store::{self, Target};

/// Ends somebody's session. The holder's draft is kept as a checkpoint. Where the shop wants an approval, the session
/// goes on until it is signed. `POST` does the same.
#[utoipa::path(delete, path = "/api/items/{part_number}/edit-sessions/{session_id}/force-release", tag = "override",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Order,
    responses((status = 200, body = Released), (status = 202, body = Awaiting), (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`"),
        (status = 503, body = ProblemDocument, description = "`workflow_invalid`, with file and line")))]
pub async fn force_release(Admin(caller): Admin, path: Path, Json(order): Json<Order>) -> Result<Response> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    let target = Target { part_number: part_number.as_str(), session_id: &session_id };
    if config::parsed("force_release_requires_approval", false).await? {
        ask(&caller, target, order.reason.as_str()).await.map(IntoResponse::into_response)
    } else {
        release(&caller, target, order.reason.as_str()).await.map(IntoResponse::into_response)
    }
}

async fn release(caller: &Caller, target: Target<'_>, reason: &str) -> Result<Document<Released>> {
    let database = Database::open().await?;
    let ordered = store::force_release(&database, caller, target, reason).await?.ok_or_else(unknown)?;
    if !ordered.done {
        return Err(Problem::session_lost(ordered.reason.as_deref().unwrap_or("released")));
    }
    Ok(Document(Released { released: true, session_id: ordered.session_id, checkpoint_id: ordered.checkpoint_id }))
}

async fn ask(caller: &Caller, target: Target<'_>, reason: &str) -> Result<(StatusCode, Document<Awaiting>)> {
    let name = config::parsed("force_release_workflow", "session-override".to_owned()).await?;
    let library = workflow::library();
    let workflow = library.find(&name).map_err(|problem| match problem.status() {
        StatusCode::NOT_FOUND => Problem::misconfigured(format!("there is no workflow {name:?}")),
        _ => problem,
    })?;
    let database = Database::open().await?;
    let asked = store::request_approval(&database, caller, target, reason, workflow).await?.ok_or_else(unknown)?;
    match (asked.reason, asked.approval) {
        (Some(reason), _) => Err(Problem::session_lost(&reason)),
        (None, Some(approval)) => Ok((StatusCode::ACCEPTED, Document(Awaiting { released: false, approval }))),
        (None, None) => Err(Problem::unavailable("the approval could not be asked for")),
    }
}

fn unknown() -> Problem {
    Problem::not_found("this item has no such session")
}
