//! One function for each route.

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::auth::{Admin, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::{FieldError, ProblemDocument};
use baton_core::written::Written;
use baton_core::{Problem, Result};

use crate::model::{Access, SetTeam, Team, TeamName, Teams};
use crate::store;

/// The largest body that sets the access, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// The teams, oldest first.
#[utoipa::path(get, path = "/api/teams", operation_id = "list_teams", tag = "access", params(PageQuery),
    responses((status = 200, body = Teams)))]
pub async fn teams(Viewer(_): Viewer, Query(page): Query<PageQuery>) -> Result<Document<Teams>> {
    let page = page.check()?;
    let database = Database::open().await?;
    let (teams, cursor) = store::teams(&database, page).await?;
    Ok(Document(Teams { teams, cursor }))
}

/// One team.
#[utoipa::path(get, path = "/api/teams/{name}", operation_id = "team", tag = "access", params(("name" = TeamName, Path)),
    responses((status = 200, body = Team), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument, description = "no name of a team")))]
pub async fn team(Viewer(_): Viewer, path: Path) -> Result<Written<Team>> {
    let name = TeamName::of(&path)?;
    let database = Database::open().await?;
    store::team(&database, &name).await?.ok_or_else(unknown)
}

/// Sets a team up, or anew: its members are those that are named, and no others. Two spellings of a name are one user.
#[utoipa::path(put, path = "/api/teams/{name}", operation_id = "put_team", tag = "access",
    params(("name" = TeamName, Path)), request_body = SetTeam,
    responses((status = 201, body = Team), (status = 200, body = Team, description = "it was there; changed")))]
pub async fn put_team(Admin(caller): Admin, path: Path, Json(wanted): Json<SetTeam>) -> Result<Response> {
    let name = TeamName::of(&path)?;
    let members = wanted.check()?;
    let database = Database::open().await?;
    let id = new_id();
    let put = store::put_team(&database, &caller, id, &name, &members).await?;
    let status = if put.id == id { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, put.team).into_response())
}

/// Forgets a team that no rule names.
#[utoipa::path(delete, path = "/api/teams/{name}", operation_id = "delete_team", tag = "access",
    params(("name" = TeamName, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`in_use`: a rule of the access names it"),
        (status = 422, body = ProblemDocument, description = "no name of a team")))]
pub async fn delete_team(Admin(caller): Admin, path: Path) -> Result<StatusCode> {
    let name = TeamName::of(&path)?;
    let database = Database::open().await?;
    store::team(&database, &name).await?.ok_or_else(unknown)?;
    if store::delete_team(&database, &caller, &name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::conflict("in_use", "a rule names this team: set the access without it first"))
    }
}

/// Who may what. As long as it was never set, everybody may edit everything, as their role allows.
#[utoipa::path(get, path = "/api/access", operation_id = "access", tag = "access",
    responses((status = 200, body = Access)))]
pub async fn access(Admin(_): Admin) -> Result<Written<Access>> {
    let database = Database::open().await?;
    store::access(&database).await
}

/// Says anew who may what. The longest prefix that an item's part number begins with (or its `repository/path`, if it lies in a
/// repository) decides, by the highest right of one's teams there: who is in none of its teams may nothing. `default` holds
/// where no prefix fits. A role still bounds all, and an admin may all. It counts from the next request on, also for those that
/// wait for events.
#[utoipa::path(put, path = "/api/access", operation_id = "set_access", tag = "access", request_body = Access,
    responses((status = 200, body = Access)))]
pub async fn set_access(Admin(caller): Admin, Json(wanted): Json<Access, BODY_MAX>) -> Result<Written<Access>> {
    wanted.check()?;
    let database = Database::open().await?;
    let set = store::set_access(&database, &caller, &wanted).await?;
    let unknown =
        |rule: &usize| FieldError { field: format!("rules[{rule}].team"), detail: "there is no such team".to_owned() };
    match set.access {
        Some(access) => Ok(access),
        None => Err(Problem::invalid_fields(set.without_team.iter().map(unknown).collect())),
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such team")
}
