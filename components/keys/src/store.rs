//! The SQL. Each change is one statement; its audit row comes from the schema's triggers.

use baton_core::Result;
use baton_core::auth::Caller;
use baton_core::auth::key::Secret;
use baton_core::db::{Database, params};
use baton_core::page::{Page, Paged};
use serde_json::json;
use uuid::Uuid;

use crate::model::{Create, Key};

/// Makes a key.
pub async fn create(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    wanted: &Create,
    secret: &Secret,
) -> Result<Option<Key>> {
    let document = database
        .document(
            "INSERT INTO api_keys (id, user, name, role, scopes, prefix, hash, created_at, expires_at, cause)
             SELECT ?, ?, ?, ?, ?, ?, ?, now, strftime('%Y-%m-%dT%H:%M:%fZ', now, '+' || ? || ' days'), ? FROM clock
             WHERE true
             RETURNING json_object('id', id, 'name', name, 'user', user, 'role', role, 'scopes', json(scopes),
                 'prefix', prefix, 'created_at', created_at, 'expires_at', expires_at, 'rotated_at', NULL,
                 'last_used_at', NULL, 'use_count', 0)",
            params![
                id.to_string(),
                caller.user.as_str(),
                wanted.name.as_str(),
                wanted.role.unwrap_or(caller.role).as_str(),
                wanted.scopes.as_ref().map(|scopes| json!(scopes).to_string()),
                secret.prefix.as_str(),
                secret.hash.as_str(),
                wanted.expires_in_days.map(|days| days.0),
                caller.cause().json,
            ],
        )
        .await?;
    Ok(document)
}

/// One key.
pub async fn key(database: &Database, id: &str) -> Result<Option<Key>> {
    database.document("SELECT document FROM key_documents WHERE id = ?", params![id]).await
}

/// The keys of one user, or everybody's.
pub async fn of_user(database: &Database, user: Option<&str>, page: Page) -> Result<Paged<Key>> {
    match user {
        Some(user) => {
            let statement = "SELECT document, seq FROM key_documents WHERE user = ? AND seq > ? ORDER BY seq LIMIT ?";
            page.read(database, statement, params![user]).await
        }
        None => {
            let statement = "SELECT document, seq FROM key_documents WHERE seq > ? ORDER BY seq LIMIT ?";
            page.read(database, statement, params![]).await
        }
    }
}

/// Replaces the secret of a key of the caller's own; none if it isn't.
pub async fn rotate(
    database: &Database,
    caller: &Caller,
    id: &str,
    secret: &Secret,
    grace_minutes: i64,
) -> Result<Option<Key>> {
    database
        .document(
            "UPDATE api_keys
             SET previous_hash = hash, previous_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || ? || ' minutes'),
                 hash = ?, prefix = ?, rotated_at = (SELECT now FROM clock), cause = ?
             WHERE id = ? AND user = ?
             RETURNING json_object('id', id, 'name', name, 'user', user, 'role', role, 'scopes', json(scopes),
                 'prefix', prefix, 'created_at', created_at, 'expires_at', expires_at, 'rotated_at', rotated_at,
                 'last_used_at', last_used_at, 'use_count', use_count)",
            params![
                grace_minutes,
                secret.hash.as_str(),
                secret.prefix.as_str(),
                caller.cause().json,
                id,
                caller.user.as_str(),
            ],
        )
        .await
}

/// Revokes a key of the caller's own, or any for an admin; false if there is none to revoke.
pub async fn revoke(database: &Database, caller: &Caller, id: &str) -> Result<bool> {
    let row = database
        .row(
            "INSERT INTO do_revoke_key (id, user, is_admin, cause) VALUES (?, ?, ?, ?)
             RETURNING (SELECT count(*) FROM api_keys WHERE id = do_revoke_key.id)",
            params![id, caller.user.as_str(), i32::from(caller.is_admin()), caller.cause().json],
        )
        .await?;
    Ok(row.and_then(|row| row.get::<i64>(0)) == Some(0))
}
