//! One function for each route.

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::unknown_item;
use baton_core::auth::{Caller, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::pattern::Pattern;
use baton_core::problem::ProblemDocument;
use baton_core::reach::Reach;
use baton_core::{Problem, Result};

use crate::model::{ReachQuery, Register, Scope, Subscription, Subscriptions, Workstation, Workstations};
use crate::store::{self, Removal, Subscribed};

/// Registers a workstation by its fingerprint; again, it is renamed.
#[utoipa::path(post, path = "/api/workstations", tag = "workstations", request_body = Register,
    responses((status = 201, body = Workstation),
        (status = 200, body = Workstation, description = "registered before; the name is updated"),
        (status = 409, body = ProblemDocument, description = "`fingerprint_taken` by another user")))]
pub async fn register(Viewer(caller): Viewer, Json(wanted): Json<Register>) -> Result<Response> {
    let id = new_id();
    let database = Database::open().await?;
    match store::register(&database, &caller, id, &wanted).await? {
        Some(workstation) if workstation.id == id => {
            let location = format!("/api/workstations/{id}");
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], Document(workstation)).into_response())
        }
        Some(workstation) => Ok(Document(workstation).into_response()),
        None => Err(Problem::conflict("fingerprint_taken", "another user has registered this fingerprint")),
    }
}

/// One's own workstations; everybody's for an admin with `all=true`.
#[utoipa::path(get, path = "/api/workstations", operation_id = "list_workstations", tag = "workstations", params(Scope, PageQuery),
    responses((status = 200, body = Workstations), (status = 403, body = ProblemDocument)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(scope): Query<Scope>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Workstations>> {
    let everybody = scope.all.unwrap_or(false);
    if everybody && !caller.is_admin() {
        return Err(Problem::forbidden("only admins see everybody's workstations"));
    }
    let page = page.check()?;
    let database = Database::open().await?;
    let user = (!everybody).then_some(caller.user.as_str());
    let (workstations, cursor) = store::of_user(&database, user, page).await?;
    Ok(Document(Workstations { workstations, cursor }))
}

/// One workstation.
#[utoipa::path(get, path = "/api/workstations/{id}", tag = "workstations", params(("id" = Uuid, Path)),
    responses((status = 200, body = Workstation), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn workstation(Viewer(caller): Viewer, path: Path) -> Result<Document<Workstation>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    visible(&database, &caller, &id).await.map(Document)
}

/// Says that a workstation of one's own is there.
#[utoipa::path(post, path = "/api/workstations/{id}/heartbeat", tag = "workstations", params(("id" = Uuid, Path)),
    responses((status = 200, body = Workstation), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn heartbeat(Viewer(caller): Viewer, path: Path) -> Result<Document<Workstation>> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    match store::heartbeat(&database, &caller, &id).await? {
        Some(workstation) => Ok(Document(workstation)),
        None => own(&database, &caller, &id).await.map(Document),
    }
}

/// Removes a workstation: its sessions are released, its requests cancelled, and its subscriptions go. Somebody else's only
/// while it holds nothing.
#[utoipa::path(delete, path = "/api/workstations/{id}", tag = "workstations", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "`in_use`: it is somebody else's and holds sessions")))]
pub async fn remove(Viewer(caller): Viewer, path: Path) -> Result<StatusCode> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    visible(&database, &caller, &id).await?;
    loop {
        match store::remove(&database, &caller, &id).await? {
            Removal::Gone => return Ok(StatusCode::NO_CONTENT),
            Removal::GoesOn => {}
            Removal::InUse => {
                let detail = "this workstation is somebody else's and holds sessions: force-release them";
                return Err(Problem::conflict("in_use", detail));
            }
        }
    }
}

/// Lets a workstation of one's own watch an item; or, by a part number that ends in `*`, all items whose part number (or
/// `repository/path`) begins so, those to come included.
#[utoipa::path(put, path = "/api/workstations/{id}/subscriptions/{part_number}", tag = "items",
    params(("id" = Uuid, Path),
        ReachQuery,
        ("part_number" = String, Path, description = "a part number, or a pattern",
            pattern = r"^([A-Za-z0-9][A-Za-z0-9._~-]{0,127}\*?|\*|[A-Za-z0-9][A-Za-z0-9._~-]{0,63}/(?!/)(?!(.*/)?\.\./)[^\\*\u0000-\u001f\u007f-\u009f]{0,1024}\*)$")),
    responses((status = 201, body = Subscription), (status = 200, body = Subscription, description = "it did already"),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn subscribe(Viewer(caller): Viewer, path: Path, Query(query): Query<ReachQuery>) -> Result<Response> {
    let (id, pattern, scope) = (path.id("id")?, path.pattern()?, query.scope.unwrap_or_default());
    let database = Database::open().await?;
    let subscribed = match &pattern {
        Pattern::One(part_number) => store::subscribe(&database, &caller, &id, part_number.as_str(), scope).await?,
        Pattern::Beginning(_) if scope == Reach::Tree => return Err(no_tree()),
        Pattern::Beginning(beginning) => store::subscribe_pattern(&database, &caller, &id, beginning).await?,
    };
    match subscribed {
        Some(Subscribed { created: true, subscription }) => {
            Ok((StatusCode::CREATED, Document(subscription)).into_response())
        }
        Some(Subscribed { created: false, subscription }) => Ok(Document(subscription).into_response()),
        None => {
            own(&database, &caller, &id).await?;
            Err(unknown_item())
        }
    }
}

/// What a workstation watches: items, then trees, then patterns; with `scope`, those of that scope.
#[utoipa::path(get, path = "/api/workstations/{id}/subscriptions", tag = "items",
    params(("id" = Uuid, Path), ReachQuery, PageQuery),
    responses((status = 200, body = Subscriptions), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn subscriptions(
    Viewer(caller): Viewer,
    path: Path,
    Query(query): Query<ReachQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Subscriptions>> {
    let (id, page) = (path.id("id")?, page.check()?);
    let database = Database::open().await?;
    visible(&database, &caller, &id).await?;
    let (subscriptions, cursor) = store::subscriptions(&database, &caller, &id, query.scope, page).await?;
    Ok(Document(Subscriptions { subscriptions, cursor }))
}

/// Lets a workstation of one's own watch an item, or all that a pattern fits, no longer. Doing so again is no error.
#[utoipa::path(delete, path = "/api/workstations/{id}/subscriptions/{part_number}", tag = "items",
    params(("id" = Uuid, Path),
        ReachQuery,
        ("part_number" = String, Path, description = "a part number, or a pattern",
            pattern = r"^([A-Za-z0-9][A-Za-z0-9._~-]{0,127}\*?|\*|[A-Za-z0-9][A-Za-z0-9._~-]{0,63}/(?!/)(?!(.*/)?\.\./)[^\\*\u0000-\u001f\u007f-\u009f]{0,1024}\*)$")),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
pub async fn unsubscribe(Viewer(caller): Viewer, path: Path, Query(query): Query<ReachQuery>) -> Result<StatusCode> {
    let (id, pattern, scope) = (path.id("id")?, path.pattern()?, query.scope.unwrap_or_default());
    let database = Database::open().await?;
    own(&database, &caller, &id).await?;
    match &pattern {
        Pattern::One(part_number) => {
            if !store::unsubscribe(&database, &caller, &id, part_number.as_str(), scope).await? {
                return Err(unknown_item());
            }
        }
        Pattern::Beginning(_) if scope == Reach::Tree => return Err(no_tree()),
        Pattern::Beginning(beginning) => store::unsubscribe_pattern(&database, &caller, &id, beginning).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

fn no_tree() -> Problem {
    Problem::invalid("scope", "a pattern has no tree")
}

/// The workstation if the caller may see it: its owner, or an admin.
async fn visible(database: &Database, caller: &Caller, id: &str) -> Result<Workstation> {
    let workstation = known(database, id).await?;
    if workstation.user == caller.user || caller.is_admin() { Ok(workstation) } else { Err(somebody_elses()) }
}

/// The workstation if it is the caller's.
async fn own(database: &Database, caller: &Caller, id: &str) -> Result<Workstation> {
    let workstation = known(database, id).await?;
    if workstation.user == caller.user { Ok(workstation) } else { Err(somebody_elses()) }
}

async fn known(database: &Database, id: &str) -> Result<Workstation> {
    store::workstation(database, id).await?.ok_or_else(|| Problem::not_found("there is no such workstation"))
}

fn somebody_elses() -> Problem {
    Problem::forbidden("this workstation is somebody else's")
}
