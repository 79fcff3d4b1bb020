//! The SQL.

use baton_core::db::{Database, Outcome, params};
use baton_core::events::announce;
use baton_core::request::RequestContext;
use baton_core::{Problem, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::Event;

/// How many events one statement forgets at most, so that it never holds up writers for long.
const PRUNE_BATCH: i64 = 500;

/// A workstation's share of the log, and the log's ends, all as of one instant.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// Whose workstation it is.
    pub user: String,
    /// The roles of whoever polled last.
    pub roles: Vec<String>,
    /// The newest event of all.
    pub head: i64,
    /// The newest event that is no longer kept.
    pub pruned_through: i64,
    /// The workstation's events after the cursor.
    pub events: Vec<Event>,
}

/// What the pump looks at.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// The newest event of all.
    pub head: i64,
    /// Whether a session has expired without anybody having recorded it.
    pub expiry_due: bool,
}

/// Reads the events of a workstation after a cursor; without one, none. None if there is no such workstation.
pub async fn look(database: &Database, workstation_id: &str, after: Option<i64>, limit: i64) -> Result<Option<Look>> {
    database
        .document(
            "SELECT json_object(
                 'user', w.user, 'roles', json(w.roles), 'head', (SELECT seq FROM log_head),
                 'pruned_through', (SELECT pruned_through FROM log_horizon),
                 'events', json((SELECT json_group_array(json(document))
                                 FROM (SELECT e.document FROM deliveries d JOIN event_documents e ON e.seq = d.seq
                                       WHERE d.workstation_id = w.id AND d.seq > ? ORDER BY d.seq LIMIT ?))))
             FROM workstations w WHERE w.id = ?",
            params![after.unwrap_or(i64::MAX), limit, workstation_id],
        )
        .await
}

/// Notes the roles of whoever polls for a workstation: the gates of approvals tell them. If it fails, the next poll does
/// it.
pub async fn note_roles(workstation_id: String, roles: Vec<String>) {
    if let Err(problem) = write_roles(&workstation_id, &roles).await {
        eprintln!("noting the roles at {workstation_id}: {problem}");
    }
}

async fn write_roles(workstation_id: &str, roles: &[String]) -> Result<()> {
    let roles = serde_json::to_string(roles).unwrap_or_default();
    let statement = "UPDATE workstations SET roles = ? WHERE id = ?";
    Database::open().await?.rows(statement, params![roles, workstation_id]).await.map(drop)
}

/// Looks whether anything happened.
pub async fn pulse(database: &Database) -> Result<Pulse> {
    let statement = "SELECT (SELECT seq FROM log_head),
                            EXISTS (SELECT 1 FROM sessions
                                    WHERE ended_at IS NULL AND expires_at <= (SELECT now FROM clock))";
    let row = database.row(statement, params![]).await?.ok_or_else(|| Problem::unavailable("no pulse"))?;
    Ok(Pulse { head: row.get(0).unwrap_or(0), expiry_due: row.get(1).unwrap_or(false) })
}

/// The workstations that the events after `seen` and up to `head` are for.
pub async fn concerned(database: &Database, seen: i64, head: i64) -> Result<Vec<String>> {
    let statement = "SELECT DISTINCT workstation_id FROM deliveries WHERE seq > ? AND seq <= ?";
    let rows = database.rows(statement, params![seen, head]).await?;
    Ok(rows.iter().filter_map(|row| row.get::<&str>(0).map(str::to_owned)).collect())
}

/// Records every expiry that is due; the next in line get their sessions.
pub async fn expire(database: &Database, context: &RequestContext) -> Result<()> {
    let cause = context.cause("system");
    let outcome: Outcome<IgnoredAny> = database
        .change(
            "INSERT INTO do_expire_all (cause) VALUES (?)
             RETURNING NULL, (SELECT announcement FROM announcements WHERE change_id = do_expire_all.cause ->> '$.change')",
            params![cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(())
}

/// Forgets some of the events that are older than the retention. Nothing is written if there are none.
pub async fn prune(database: &Database, retention_hours: u32) -> Result<()> {
    let age = format!("-{retention_hours} hours");
    database
        .rows(
            "INSERT INTO do_prune (before, batch)
             SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?), ?
             WHERE (SELECT time FROM events ORDER BY seq LIMIT 1) < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)",
            params![age.as_str(), PRUNE_BATCH, age.as_str()],
        )
        .await?;
    Ok(())
}
