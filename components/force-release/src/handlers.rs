//! The one route: releases at once, or asks for an approval.

use axum::Json as Document;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::Result;
use baton_core::access::{require_lead, unknown_session};
use baton_core::auth::Editor;
use baton_core::extract::{Json, Path};
use baton_core::force_release::{self, Ordered, Target, Terms};
use baton_core::problem::ProblemDocument;

use crate::model::{Awaiting, Order, Pending, Released, Saving};

/// Ends somebody's session, by an admin or a lead of the part. The holder's draft is kept as a checkpoint. Where the shop wants an approval, the session
/// goes on until it is signed. With `save_seconds` the holder's workstation is first commanded to save (now, or with the last
/// signature), and the session goes on until that is done or has failed, or until then at the latest. `POST` does the same.
#[utoipa::path(delete, path = "/api/items/{part_number}/edit-sessions/{session_id}/force-release", tag = "override",
    params(("part_number" = String, Path), ("session_id" = Uuid, Path)), request_body = Order,
    responses((status = 200, body = Released), (status = 202, body = Pending),
        (status = 403, body = ProblemDocument, description = "neither an admin nor a lead of the part"),
        (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`session_lost`, with the member `reason`"),
        (status = 503, body = ProblemDocument, description = "`workflow_invalid`, with file and line")))]
pub async fn force_release(Editor(caller): Editor, path: Path, request: Request) -> Result<Response> {
    let (part_number, session_id) = (path.part_number()?, path.id("session_id")?);
    require_lead(&caller, part_number.as_str(), unknown_session).await?;
    let Json(order): Json<Order> = Json::from_request(request, &()).await?;
    let target = Target { part_number: part_number.as_str(), session_id: &session_id };
    let terms =
        Terms { reason: order.reason.as_str(), save_seconds: order.save_seconds.map_or(0, |seconds| seconds.0) };
    Ok(match force_release::order(&caller, target, terms).await? {
        Ordered::Released { session_id, checkpoint_id } => {
            Document(Released { released: true, session_id, checkpoint_id }).into_response()
        }
        Ordered::Awaiting(approval) => meanwhile(Pending::Awaiting(Awaiting { released: false, approval })),
        Ordered::Saving(command_id) => meanwhile(Pending::Saving(Saving { released: false, command_id })),
    })
}

fn meanwhile(pending: Pending) -> Response {
    (StatusCode::ACCEPTED, Document(pending)).into_response()
}
