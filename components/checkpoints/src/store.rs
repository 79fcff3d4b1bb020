//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest,
//! and whose RETURNING tells the outcome.

use baton_core::access::{May, subject};
use baton_core::auth::Caller;
use baton_core::config::CheckpointSettings;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::page::{Page, Paged};
use baton_core::text::Name;
use baton_core::{Problem, Result};
use bytes::Bytes;
use serde::Deserialize;

use crate::model::Checkpoint;
use crate::upload::Blob;

/// Whose a session is, and why it is over.
#[derive(Debug, Deserialize)]
pub struct SessionState {
    /// The holder.
    pub user: String,
    /// `released`, `expired`, `transferred` or `force_released`; none while it is active.
    pub reason: Option<String>,
    /// What the caller may there, if that isn't to edit, and was asked for.
    #[serde(default)]
    pub may: Option<May>,
}

/// What became of bytes that a session's holder wants to keep.
#[derive(Debug, Deserialize)]
pub struct Keeping<T> {
    /// The session; none if the item has no such session.
    pub session: Option<SessionState>,
    /// What they have become; none if the session wasn't the caller's to keep something in.
    pub kept: Option<T>,
}

/// A checkpoint's bytes.
#[derive(Debug)]
pub struct Content {
    /// Names them.
    pub blob_id: String,
    /// How many there are.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// What they are.
    pub content_type: String,
}

/// One session, active or over.
pub async fn session(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
) -> Result<Option<SessionState>> {
    let statement = "SELECT '{\"may\":' || coalesce((SELECT may FROM barred WHERE want = json_array(json_array(?, part_number))), 'null')
                            || ',' || substr(state, 2)
                     FROM session_states WHERE id = ? AND part_number = ?";
    database.document(statement, params![subject(caller), session_id, part_number]).await
}

/// Forgets some of what is of no use: uploads that never came to anything, bytes that were dropped, and checkpoints whose time is
/// over. True if there is more.
pub async fn sweep(database: &Database, caller: &Caller) -> Result<bool> {
    let statement = "INSERT INTO do_sweep (cause) VALUES (?)
                     RETURNING EXISTS (SELECT 1 FROM sweepable WHERE do_sweep.cause IS NOT NULL)";
    let row = database.row(statement, params![caller.cause().json]).await?;
    Ok(row.and_then(|row| row.get(0)).unwrap_or(false))
}

/// Adds a chunk to an upload; false if the upload has been swept up.
pub async fn add_chunk(database: &Database, blob_id: &str, number: i64, bytes: Vec<u8>) -> Result<bool> {
    let row = database
        .row(
            "INSERT INTO do_add_chunk (blob_id, number, bytes) VALUES (?, ?, ?)
             RETURNING EXISTS (SELECT 1 FROM chunks c
                               WHERE c.blob_id = do_add_chunk.blob_id AND c.number = do_add_chunk.number)",
            params![blob_id, number, bytes],
        )
        .await?;
    Ok(row.and_then(|row| row.get::<bool>(0)).unwrap_or(false))
}

/// Deletes an upload, unless something has come of it.
pub async fn discard(database: &Database, blob_id: &str) -> Result<()> {
    let statement = "INSERT INTO do_drop_blob (id) SELECT id FROM blobs WHERE id = ? AND NOT kept";
    database.rows(statement, params![blob_id]).await?;
    Ok(())
}

/// Makes an upload the draft of a session of the caller's own. The settings are for the checkpoint that it may become.
pub async fn save_draft(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
    blob: &Blob,
    settings: CheckpointSettings,
) -> Result<Option<Keeping<bool>>> {
    let cause = caller.cause_within(Quota::CheckpointBytes).await?;
    let outcome = database
        .change(
            "INSERT INTO do_save_draft (session_id, part_number, user, blob_id, size, sha256, content_type, ttl_hours,
                                        max_per_item, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING json_object(
                 'session', json((SELECT state FROM session_states s
                                  WHERE s.id = do_save_draft.session_id
                                    AND s.part_number = do_save_draft.part_number)),
                 'kept', json((SELECT 'true' FROM drafts d WHERE d.session_id = do_save_draft.session_id
                                                             AND d.blob_id = do_save_draft.blob_id))),
                 (SELECT announcement FROM announcements WHERE change_id = do_save_draft.cause ->> '$.change')",
            params![
                session_id,
                part_number,
                caller.user.as_str(),
                blob.id.as_str(),
                blob.size.cast_signed(),
                blob.sha256.as_str(),
                blob.content_type.as_str(),
                settings.ttl_hours,
                settings.max_per_item,
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome = Quota::CheckpointBytes.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Makes an upload a checkpoint of a session of the caller's own. Older ones go where there are too many.
pub async fn create_checkpoint(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    session_id: &str,
    label: Option<&Name>,
    blob: &Blob,
    settings: CheckpointSettings,
) -> Result<Option<Keeping<Checkpoint>>> {
    let cause = caller.cause_within(Quota::CheckpointBytes).await?;
    let outcome = database
        .change(
            "INSERT INTO do_create_checkpoint (id, session_id, part_number, user, label, blob_id, size, sha256,
                                               content_type, ttl_hours, max_per_item, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING json_object(
                 'session', json((SELECT state FROM session_states s
                                  WHERE s.id = do_create_checkpoint.session_id
                                    AND s.part_number = do_create_checkpoint.part_number)),
                 'kept', json((SELECT document FROM checkpoint_documents c WHERE c.id = do_create_checkpoint.id))),
                 (SELECT announcement FROM announcements WHERE change_id = do_create_checkpoint.cause ->> '$.change')",
            params![
                new_id().to_string(),
                session_id,
                part_number,
                caller.user.as_str(),
                label.map(Name::as_str),
                blob.id.as_str(),
                blob.size.cast_signed(),
                blob.sha256.as_str(),
                blob.content_type.as_str(),
                settings.ttl_hours,
                settings.max_per_item,
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome = Quota::CheckpointBytes.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Deletes a checkpoint of the caller's own, or any for an admin; true once it is gone.
pub async fn delete_checkpoint(database: &Database, caller: &Caller, part_number: &str, id: &str) -> Result<bool> {
    let cause = caller.cause();
    let row = database
        .row(
            "INSERT INTO do_delete_checkpoint (id, part_number, user, is_admin, cause) VALUES (?, ?, ?, ?, ?)
             RETURNING NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.id = do_delete_checkpoint.id)",
            params![id, part_number, caller.user.as_str(), i32::from(caller.is_admin()), cause.json.as_str()],
        )
        .await?;
    Ok(row.and_then(|row| row.get::<bool>(0)).unwrap_or(false))
}

/// The checkpoints of an item, newest first.
pub async fn of_item(database: &Database, part_number: &str, page: Page) -> Result<Paged<Checkpoint>> {
    let statement = "SELECT document, seq FROM checkpoint_documents
                     WHERE part_number = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
    // Downwards, the beginning is above all.
    let downwards = Page { after: Some(page.after.unwrap_or(i64::MAX)), ..page };
    downwards.read(database, statement, params![part_number]).await
}

/// One checkpoint.
pub async fn checkpoint(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    id: &str,
) -> Result<Option<Checkpoint>> {
    let statement = "SELECT document FROM checkpoint_documents
                     WHERE id = ? AND part_number = ?
                       AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, part_number)))";
    database.document(statement, params![id, part_number, subject(caller)]).await
}

/// Where a checkpoint's bytes are, and what they are.
pub async fn content(database: &Database, caller: &Caller, part_number: &str, id: &str) -> Result<Option<Content>> {
    let statement = "SELECT blob_id, size, sha256, content_type FROM checkpoint_documents
                     WHERE id = ? AND part_number = ?
                       AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, part_number)))";
    let row = database.row(statement, params![id, part_number, subject(caller)]).await?;
    let Some(row) = row else { return Ok(None) };
    let read = |column| row.get::<&str>(column).map(str::to_owned);
    let content =
        (|| Some(Content { blob_id: read(0)?, size: row.get(1)?, sha256: read(2)?, content_type: read(3)? }))();
    content.map(Some).ok_or_else(|| Problem::unavailable("a checkpoint without its bytes"))
}

/// One chunk of some bytes; none once they have been dropped, though they go bit by bit.
pub async fn chunk(database: &Database, blob_id: &str, number: u64) -> Result<Option<Bytes>> {
    let statement = "SELECT c.bytes FROM chunks c JOIN blobs b ON b.id = c.blob_id
                     WHERE c.blob_id = ? AND c.number = ? AND b.kept";
    let row = database.row(statement, params![blob_id, number.cast_signed()]).await?;
    Ok(row.and_then(|row| row.get::<&[u8]>(0).map(Bytes::copy_from_slice)))
}
