//! Sets the schema up and brings it up to date, also when many instances start at once.
//!
//! One of them takes a lease and applies what is missing; the others wait until it stands. An instance may die at any
//! step: the lease runs out, and since every statement may be repeated, the next one goes on from there.

use std::time::Duration;

use uuid::Uuid;

use crate::db::{Connection, params};
use crate::task::sleep;

/// The migrations in order; the version of the schema is how many of them have been applied.
const MIGRATIONS: [&[&str]; 4] = [
    &[
        include_str!("schema/001_tables.sql"),
        include_str!("schema/002_log.sql"),
        include_str!("schema/003_items_and_workstations.sql"),
        include_str!("schema/004_sessions.sql"),
        include_str!("schema/005_handoff.sql"),
        include_str!("schema/006_checkpoints.sql"),
        include_str!("schema/007_force_release.sql"),
    ],
    &[include_str!("schema/101_announcements.sql"), include_str!("schema/102_indexes.sql")],
    &[include_str!("schema/103_times.sql")],
    &[include_str!("schema/104_presence.sql")],
];

/// How often a waiting instance looks, and how many times before it gives up.
const WAIT: Duration = Duration::from_millis(25);
const WAITS_MAX: usize = 1_200;

/// Makes sure that the schema is at least at this code's version.
pub(crate) async fn ensure(connection: &Connection) -> Result<(), String> {
    let holder = Uuid::new_v4().to_string();
    let mut last_error = String::new();
    for _ in 0..WAITS_MAX {
        if version(connection).await >= MIGRATIONS.len() {
            return Ok(());
        }
        match migrate_alone(connection, &holder).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // Before the write-ahead log is on, others who start at this moment can be in the way.
            Err(error) if error.contains("locked") || error.contains("busy") => last_error = error,
            Err(error) => return Err(format!("the schema can't be set up: {error}")),
        }
        sleep(WAIT).await;
    }
    Err(format!("the schema can't be set up: {last_error}"))
}

/// The version that stands; 0 as long as nothing can be read of it.
async fn version(connection: &Connection) -> usize {
    let rows = connection.query("SELECT max(version) FROM schema_version", Vec::new()).await.unwrap_or_default();
    rows.first().and_then(|row| row.get::<i64>(0)).and_then(|version| version.try_into().ok()).unwrap_or(0)
}

/// Applies what is missing if the lease can be had; false if another instance has it.
async fn migrate_alone(connection: &Connection, holder: &str) -> Result<bool, String> {
    if !take_lease(connection, holder).await? {
        return Ok(false);
    }
    write_ahead(connection).await?;
    let standing = version(connection).await;
    for (index, files) in MIGRATIONS.iter().enumerate().skip(standing) {
        for statement in files.iter().copied().flat_map(statements) {
            connection.query(statement, Vec::new()).await?;
        }
        let applied = i64::try_from(index + 1).unwrap_or(i64::MAX);
        connection.query("INSERT OR IGNORE INTO schema_version (version) VALUES (?)", params![applied]).await?;
    }
    connection.query("DELETE FROM schema_lease WHERE holder = ?", params![holder]).await?;
    Ok(true)
}

async fn take_lease(connection: &Connection, holder: &str) -> Result<bool, String> {
    for table in [
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)",
        "CREATE TABLE IF NOT EXISTS schema_lease (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, \
         expires_at TEXT NOT NULL)",
    ] {
        connection.query(table, Vec::new()).await?;
    }
    let taken = connection
        .query(
            "INSERT INTO schema_lease (id, holder, expires_at) \
             VALUES (1, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+20 seconds')) \
             ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
             WHERE expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') OR holder = excluded.holder RETURNING holder",
            params![holder],
        )
        .await?;
    Ok(!taken.is_empty())
}

/// Turns SQLite's write-ahead log on, so that readers and the writer don't wait for each other. The setting stays with
/// the file. Where it isn't a file of SQLite's own (libSQL keeps such a log in any case), the answer is an error or
/// another mode, and nothing is lost; only a lock is worth another try.
async fn write_ahead(connection: &Connection) -> Result<(), String> {
    match connection.query("PRAGMA journal_mode = WAL", Vec::new()).await {
        Err(error) if error.contains("locked") => Err(error),
        _ => Ok(()),
    }
}

/// The statements of a file: each begins after a line `--- name`.
fn statements(file: &str) -> impl Iterator<Item = &str> {
    file.split("\n--- ").skip(1).filter_map(|part| part.split_once('\n')).map(|(_, statement)| statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_stands_alone_and_may_be_repeated() {
        for statement in MIGRATIONS.iter().flat_map(|files| files.iter()).flat_map(|file| statements(file)) {
            assert!(
                statement.contains("IF NOT EXISTS") || statement.contains("INSERT OR IGNORE"),
                "can't be repeated: {statement}"
            );
        }
        assert!(statements(MIGRATIONS[0][0]).count() > 20);
    }
}
