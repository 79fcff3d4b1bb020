//! `/api/repositories`: what an admin says of a repository (contract, "Git LFS").

use axum::Json as Document;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use baton_core::auth::{Admin, Caller};
use baton_core::db::{Database, params};
use baton_core::extract::{Json, Path, Query};
use baton_core::id::new_id;
use baton_core::number::whole_if_given;
use baton_core::page::{PageQuery, Paged};
use baton_core::problem::ProblemDocument;
use baton_core::repository::RepositoryName;
use baton_core::written::Written;
use baton_core::{Problem, Result, config};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model;
use crate::upstream::Upstream;

/// How long a lock lasts where nobody has said otherwise, in hours. (`definitions/repositories.sql` has it for repositories
/// that nobody has set up.)
const LOCK_TTL_HOURS: i64 = 336;

/// What to say of a repository.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetUp {
    /// The Git LFS server that its objects lie on; none if absent.
    pub upstream: Option<Upstream>,
    /// How long a lock lasts without its user's locking or pushing there, in hours: 1 to `session_ttl_max_hours`; 336 if absent.
    #[serde(default, deserialize_with = "whole_if_given")]
    #[schema(minimum = 1, maximum = 720)]
    pub lock_ttl_hours: Option<i64>,
}

/// What is said of a repository.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Repository {
    /// Its name.
    pub repository: String,
    /// The Git LFS server that its objects lie on; null if there is none.
    pub upstream: Option<String>,
    /// How long a lock lasts without its user's locking or pushing there, in hours.
    pub lock_ttl_hours: u32,
    /// When it was set up.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When that was changed last.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A page of repositories.
#[derive(Debug, Serialize, ToSchema)]
pub struct Repositories {
    /// The repositories, oldest first.
    #[schema(value_type = Vec<Repository>)]
    pub repositories: Vec<Written<Repository>>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// What setting a repository up came to.
#[derive(Debug, Deserialize)]
struct Put {
    /// What it came into being with.
    id: Uuid,
    repository: Written<Repository>,
}

/// The repositories that have been set up. Others have locks too.
#[utoipa::path(get, path = "/api/repositories", operation_id = "list_repositories", tag = "git lfs", params(PageQuery),
    responses((status = 200, body = Repositories)))]
pub async fn list(Admin(_): Admin, Query(page): Query<PageQuery>) -> Result<Document<Repositories>> {
    let page = page.check()?;
    let database = Database::open().await?;
    let statement = "SELECT document, seq FROM repository_documents WHERE seq > ? ORDER BY seq LIMIT ?";
    let (repositories, cursor): Paged<_> = page.read(&database, statement, params![]).await?;
    Ok(Document(Repositories { repositories, cursor }))
}

/// What is said of a repository.
#[utoipa::path(get, path = "/api/repositories/{repository}", tag = "git lfs",
    params(("repository" = RepositoryName, Path)),
    responses((status = 200, body = Repository), (status = 404, body = ProblemDocument)))]
pub async fn repository(Admin(_): Admin, path: Path) -> Result<Written<Repository>> {
    let name = model::repository(&path)?;
    let database = Database::open().await?;
    read(&database, &name).await?.ok_or_else(unknown)
}

/// Sets a repository up, or anew: what isn't given is as if nobody had ever said it.
#[utoipa::path(put, path = "/api/repositories/{repository}", operation_id = "put_repository", tag = "git lfs",
    params(("repository" = RepositoryName, Path)), request_body = SetUp,
    responses((status = 201, body = Repository),
        (status = 200, body = Repository, description = "it was set up before; changed")))]
pub async fn put(Admin(caller): Admin, path: Path, Json(wanted): Json<SetUp>) -> Result<Response> {
    let name = model::repository(&path)?;
    let lock_ttl_hours = lock_ttl_hours(wanted.lock_ttl_hours).await?;
    let database = Database::open().await?;
    let id = new_id();
    let put = store(&database, &caller, id, &name, (wanted.upstream.as_ref(), lock_ttl_hours)).await?;
    let status = if put.id == id { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, put.repository).into_response())
}

/// Forgets what was said of a repository. Its locks stay.
#[utoipa::path(delete, path = "/api/repositories/{repository}", operation_id = "delete_repository", tag = "git lfs",
    params(("repository" = RepositoryName, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub async fn delete(Admin(caller): Admin, path: Path) -> Result<StatusCode> {
    let name = model::repository(&path)?;
    let database = Database::open().await?;
    read(&database, &name).await?.ok_or_else(unknown)?;
    let statement = "INSERT INTO do_delete_repository (name, cause) VALUES (?, ?)
                     RETURNING EXISTS (SELECT 1 FROM repositories WHERE name = do_delete_repository.name)";
    let row = database.row(statement, params![name.as_str(), caller.cause().json]).await?;
    match row.and_then(|row| row.get::<i64>(0)) {
        Some(0) => Ok(StatusCode::NO_CONTENT),
        _ => Err(Problem::unavailable("the repository is still there")),
    }
}

async fn read(database: &Database, name: &RepositoryName) -> Result<Option<Written<Repository>>> {
    database.document("SELECT document FROM repository_documents WHERE name = ?", params![name.as_str()]).await
}

/// Where a repository's objects lie, if anybody has said so.
pub async fn upstream(database: &Database, name: &RepositoryName) -> Result<Option<Upstream>> {
    let row = database.row("SELECT upstream FROM repositories WHERE name = ?", params![name.as_str()]).await?;
    let address = row.as_ref().and_then(|row| row.get::<&str>(0));
    address.map(|address| Upstream::parse(address).map_err(Problem::unavailable)).transpose()
}

async fn lock_ttl_hours(wanted: Option<i64>) -> Result<i64> {
    let max = config::session_ttl_max_seconds().await? / 3600;
    match wanted {
        None => Ok(LOCK_TTL_HOURS),
        Some(hours) if (1..=max).contains(&hours) => Ok(hours),
        Some(_) => Err(Problem::invalid("lock_ttl_hours", format!("must be between 1 and {max}"))),
    }
}

async fn store(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    name: &RepositoryName,
    (upstream, lock_ttl_hours): (Option<&Upstream>, i64),
) -> Result<Put> {
    let statement = "INSERT INTO repositories (id, name, upstream, lock_ttl_hours, created_at, updated_at, cause)
         SELECT ?, ?, ?, ?, now, now, ? FROM clock WHERE true
         ON CONFLICT (name) DO UPDATE
         SET upstream = excluded.upstream, lock_ttl_hours = excluded.lock_ttl_hours, updated_at = excluded.updated_at,
             cause = excluded.cause
         RETURNING json_object('id', id, 'repository',
             json_object('repository', name, 'upstream', upstream, 'lock_ttl_hours', lock_ttl_hours,
                         'created_at', created_at, 'updated_at', updated_at))";
    let upstream = upstream.map(|upstream| upstream.address().to_owned());
    let parameters = params![id.to_string(), name.as_str(), upstream, lock_ttl_hours, caller.cause().json];
    database.document(statement, parameters).await?.ok_or_else(|| Problem::unavailable("the repository was not kept"))
}

fn unknown() -> Problem {
    Problem::not_found("nobody has set up this repository")
}
