//! Commands to workstations (contract): what a client is asked to do, and what it says of that. One function for each route.

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::auth::{Caller, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, OptionalJson, Path};
use baton_core::id::new_id;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};

use crate::store as workstations;
use model::{Command, Give, Message, State};
use store::{Answered, Known};

mod model;
mod store;

/// Commands a workstation: for its user, an admin, or who leads where it holds something. It hears `workstation.command`; who sends
/// it hears `workstation.command_done` of its one end, at all of their workstations.
#[utoipa::path(post, path = "/api/workstations/{id}/commands", operation_id = "command_workstation", tag = "workstations",
    params(("id" = Uuid, Path)), request_body = Give,
    responses((status = 202, body = Command), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument, description = "there is no such workstation"),
        (status = 409, body = ProblemDocument, description = "`too_many_commands`: 100 are open")))]
pub async fn give(Viewer(caller): Viewer, path: Path, Json(wanted): Json<Give>) -> Result<Response> {
    let (workstation_id, data) = (path.id("id")?, wanted.data()?);
    let database = Database::open().await?;
    let id = new_id().to_string();
    if let Some(command) = store::give(&database, &caller, &id, &workstation_id, &wanted, &data).await? {
        let location = format!("/api/commands/{id}");
        return Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Document(command)).into_response());
    }
    workstations::workstation(&database, &workstation_id)
        .await?
        .ok_or_else(|| Problem::not_found("there is no such workstation"))?;
    if store::may_command(&database, &caller, &workstation_id).await? {
        Err(Problem::conflict(
            "too_many_commands",
            format!("{} commands to this workstation are open", store::OPEN_MAX),
        ))
    } else {
        Err(Problem::forbidden("this workstation is somebody else's"))
    }
}

/// One command: for who sent it, whose workstation it is, and admins.
#[utoipa::path(get, path = "/api/commands/{id}", operation_id = "command", tag = "workstations", params(("id" = Uuid, Path)),
    responses((status = 200, body = Command), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn command(Viewer(caller): Viewer, path: Path) -> Result<Document<Command>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let Known { user, command } = known(store::command(&database, &caller, &id).await?)?;
    if caller.user == user || caller.user == command.sender || caller.is_admin() {
        Ok(Document(command))
    } else {
        Err(Problem::forbidden("this command is neither yours nor to a workstation of yours"))
    }
}

/// Says that a workstation of one's own has heard a command. Doing so again is no error.
#[utoipa::path(post, path = "/api/commands/{id}/acknowledge", operation_id = "acknowledge_command", tag = "workstations",
    params(("id" = Uuid, Path)), request_body = Option<Message>,
    responses((status = 200, body = Command), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "`command_over`, with the member `state`")))]
pub async fn acknowledge(Viewer(caller): Viewer, path: Path, body: OptionalJson<Message>) -> Result<Document<Command>> {
    answer(&caller, &path, State::Acknowledged, body).await
}

/// Says that a workstation of one's own has done what it was asked for.
#[utoipa::path(post, path = "/api/commands/{id}/done", operation_id = "finish_command", tag = "workstations",
    params(("id" = Uuid, Path)), request_body = Option<Message>,
    responses((status = 200, body = Command), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "`command_over`, with the member `state`")))]
pub async fn done(Viewer(caller): Viewer, path: Path, body: OptionalJson<Message>) -> Result<Document<Command>> {
    answer(&caller, &path, State::Done, body).await
}

/// Says that a workstation of one's own couldn't do what it was asked for.
#[utoipa::path(post, path = "/api/commands/{id}/fail", operation_id = "fail_command", tag = "workstations",
    params(("id" = Uuid, Path)), request_body = Option<Message>,
    responses((status = 200, body = Command), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "`command_over`, with the member `state`")))]
pub async fn fail(Viewer(caller): Viewer, path: Path, body: OptionalJson<Message>) -> Result<Document<Command>> {
    answer(&caller, &path, State::Failed, body).await
}

async fn answer(
    caller: &Caller,
    path: &Path,
    state: State,
    OptionalJson(body): OptionalJson<Message>,
) -> Result<Document<Command>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let message = body.unwrap_or_default().message;
    let message = message.as_ref().map(|message| message.as_str());
    let Answered { taken, user, command } = known(store::answer(&database, caller, &id, state, message).await?)?;
    if user != caller.user {
        return Err(Problem::forbidden("this command is to somebody else's workstation"));
    }
    if taken { Ok(Document(command)) } else { Err(over(command.state)) }
}

fn known<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Problem::not_found("there is no such command"))
}

fn over(state: State) -> Problem {
    let state = serde_json::to_value(state).unwrap_or_default();
    let detail = format!("this command is over: {}", state.as_str().unwrap_or_default());
    Problem::conflict("command_over", detail).with("state", state)
}
