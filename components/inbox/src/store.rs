//! The SQL. An inbox is written by the events themselves (`core/src/schema/definitions/inbox.sql`).

use baton_core::access::{subject, visible};
use baton_core::auth::Caller;
use baton_core::db::{Database, params};
use baton_core::page::{Page, Paged};
use baton_core::{Problem, Result};
use serde_json::json;

use crate::model::{Entry, InboxQuery, Marked, Preferences, Unread};

/// The entries of a user, newest first.
pub async fn entries(database: &Database, caller: &Caller, query: &InboxQuery, page: Page) -> Result<Paged<Entry>> {
    let visible = visible("?", "part_number");
    let mut statement = format!("SELECT document, seq FROM inbox_entries WHERE user = ? AND {visible}");
    let mut parameters = params![caller.user.as_str(), subject(caller)];
    if let Some(unread) = query.unread {
        statement.push_str(if unread { " AND is_unread" } else { " AND NOT is_unread" });
    }
    if let Some(priority) = query.priority {
        statement.push_str(" AND priority = ?");
        parameters.extend(params![priority.as_str()]);
    }
    statement.push_str(" AND seq < ? ORDER BY seq DESC LIMIT ?");
    // Downwards, the beginning is above all.
    let downwards = Page { after: Some(page.after.unwrap_or(i64::MAX)), ..page };
    downwards.read(database, &statement, parameters).await
}

/// How much a user hasn't read.
pub async fn unread(database: &Database, caller: &Caller) -> Result<Unread> {
    let visible = visible("?", "part_number");
    let statement = format!(
        "SELECT json_object('unread', (SELECT count(*) FROM inbox_entries WHERE user = ? AND is_unread AND {visible}))"
    );
    database
        .document(&statement, params![caller.user.as_str(), subject(caller)])
        .await?
        .ok_or_else(|| Problem::unavailable("nothing was counted"))
}

/// Marks entries as read, and tells how many are left.
pub async fn mark(database: &Database, caller: &Caller, marked: &Marked) -> Result<Unread> {
    database
        .document(
            "INSERT INTO do_read_inbox (user, ids, through, cause) VALUES (?, ?, ?, ?)
             RETURNING json_object('unread', (SELECT count(*) FROM inbox_entries
                                              WHERE user = do_read_inbox.user AND is_unread
                                                AND NOT EXISTS (
                                                    SELECT 1 FROM hidden
                                                    WHERE want = json_array(json_array(
                                                        iif(do_read_inbox.cause ->> '$.admin', NULL, do_read_inbox.user),
                                                        part_number)))))",
            params![caller.user.as_str(), json!(marked.ids).to_string(), marked.through, caller.cause().json],
        )
        .await?
        .ok_or_else(|| Problem::unavailable("nothing was marked"))
}

/// What a user has set.
pub async fn preferences(database: &Database, user: &str) -> Result<Preferences> {
    let statement = "SELECT json_object('muted', json(muted)) FROM preferences WHERE user = ?";
    database.document(statement, params![user]).await.map(Option::unwrap_or_default)
}

/// Sets it anew.
pub async fn prefer(database: &Database, caller: &Caller, wanted: &Preferences) -> Result<Preferences> {
    database
        .document(
            "INSERT INTO preferences (user, muted, cause) VALUES (?, ?, ?)
             ON CONFLICT (user) DO UPDATE SET muted = excluded.muted, cause = excluded.cause
             RETURNING json_object('muted', json(muted))",
            params![caller.user.as_str(), json!(wanted.muted).to_string(), caller.cause().json],
        )
        .await?
        .ok_or_else(|| Problem::unavailable("nothing was set"))
}
