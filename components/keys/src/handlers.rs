//! One function for each route.

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::auth::key::{Secret, forgotten};
use baton_core::auth::{Caller, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, OptionalJson, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result};

use crate::model::{Create, Key, KeyWithSecret, Keys, Rotate, Whose};
use crate::store;

/// Makes a key that stands in the place of a token, for the caller's own user and with a role that is the caller's or a lower
/// one. Its secret is in this answer alone.
#[utoipa::path(post, path = "/api/keys", operation_id = "create_key", tag = "keys", request_body = Create,
    responses((status = 201, body = KeyWithSecret),
        (status = 403, body = ProblemDocument, description = "a higher role than one's own, or asked with a key")))]
pub async fn create(Viewer(caller): Viewer, Json(wanted): Json<Create>) -> Result<Response> {
    if wanted.role.is_some_and(|role| role > caller.role) {
        return Err(Problem::forbidden("a key has at most the role of who makes it"));
    }
    let (id, secret) = (new_id(), Secret::make());
    let database = Database::open().await?;
    let key = store::create(&database, &caller, id, &wanted, &secret).await?;
    let key = key.ok_or_else(|| Problem::unavailable("the key was not made"))?;
    let location = format!("/api/keys/{id}");
    let document = Document(KeyWithSecret { key, secret: secret.text });
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], document).into_response())
}

/// One's own keys; everybody's for an admin with `all=true`.
#[utoipa::path(get, path = "/api/keys", operation_id = "list_keys", tag = "keys", params(Whose, PageQuery),
    responses((status = 200, body = Keys), (status = 403, body = ProblemDocument)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(whose): Query<Whose>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Keys>> {
    let everybody = whose.all.unwrap_or(false);
    if everybody && !caller.is_admin() {
        return Err(Problem::forbidden("only admins see everybody's keys"));
    }
    let page = page.check()?;
    let database = Database::open().await?;
    let user = (!everybody).then_some(caller.user.as_str());
    let (keys, cursor) = store::of_user(&database, user, page).await?;
    Ok(Document(Keys { keys, cursor }))
}

/// Replaces the secret of a key of one's own. The old one holds for `grace_minutes`, and no longer from this answer on
/// without them.
#[utoipa::path(post, path = "/api/keys/{id}/rotate", operation_id = "rotate_key", tag = "keys", params(("id" = Uuid, Path)),
    request_body = Option<Rotate>,
    responses((status = 200, body = KeyWithSecret), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
pub async fn rotate(
    Viewer(caller): Viewer,
    path: Path,
    OptionalJson(body): OptionalJson<Rotate>,
) -> Result<Document<KeyWithSecret>> {
    let id = path.id("id")?;
    let grace_minutes = body.unwrap_or_default().grace_minutes.unwrap_or_default().0;
    let (database, secret) = (Database::open().await?, Secret::make());
    match store::rotate(&database, &caller, &id, &secret, grace_minutes).await? {
        Some(key) => {
            forgotten().await;
            Ok(Document(KeyWithSecret { key, secret: secret.text }))
        }
        None => Err(not_ones_own(&database, &id).await?),
    }
}

/// Revokes a key of one's own, or any for an admin: from this answer on it is refused.
#[utoipa::path(delete, path = "/api/keys/{id}", operation_id = "revoke_key", tag = "keys", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn revoke(Viewer(caller): Viewer, path: Path) -> Result<StatusCode> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let key = known(&database, &id).await?;
    if !may_revoke(&caller, &key) {
        return Err(somebody_elses());
    }
    if !store::revoke(&database, &caller, &id).await? {
        return Err(Problem::unavailable("the revocation had no effect"));
    }
    forgotten().await;
    Ok(StatusCode::NO_CONTENT)
}

fn may_revoke(caller: &Caller, key: &Key) -> bool {
    key.user == caller.user || caller.is_admin()
}

async fn known(database: &Database, id: &str) -> Result<Key> {
    store::key(database, id).await?.ok_or_else(|| Problem::not_found("there is no such key"))
}

/// Why the caller can't rotate a key.
async fn not_ones_own(database: &Database, id: &str) -> Result<Problem> {
    known(database, id).await.map(|_| somebody_elses())
}

fn somebody_elses() -> Problem {
    Problem::forbidden("this key is somebody else's")
}
