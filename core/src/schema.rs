//! Sets the schema up and brings it up to date, also while other instances, and other versions of this code, go on writing.
//!
//! It has two parts. Tables, indexes and rows come from numbered *steps*, each applied once (`schema/steps`). Views and
//! triggers hold nothing: they stand in files that are their current *definition* (`schema/definitions`), and where these
//! are newer than what the database has, all of them are dropped and created anew. Both happen in one transaction, the one
//! exception to "one statement" (docs/changes.md): who writes meanwhile finds the schema as it was, or as it is then. Whoever
//! holds SQLite's right to write migrates; it goes with the connection, so nobody waits for an instance that has died.

use std::time::Duration;

use crate::db::batch::is_busy;
use crate::db::{Connection, Row, params};
use crate::task::sleep;

/// The steps in order. What has been released is never edited; a new one goes to the end.
const STEPS: [&str; 21] = [
    include_str!("schema/steps/001_tables.sql"),
    include_str!("schema/steps/002_indexes.sql"),
    include_str!("schema/steps/003_times.sql"),
    include_str!("schema/steps/004_keeper.sql"),
    include_str!("schema/steps/005_callers.sql"),
    include_str!("schema/steps/006_line.sql"),
    include_str!("schema/steps/007_epoch.sql"),
    include_str!("schema/steps/008_notes.sql"),
    include_str!("schema/steps/009_patterns.sql"),
    include_str!("schema/steps/010_keeping.sql"),
    include_str!("schema/steps/011_inbox.sql"),
    include_str!("schema/steps/012_trust.sql"),
    include_str!("schema/steps/013_repositories.sql"),
    include_str!("schema/steps/014_access.sql"),
    include_str!("schema/steps/015_structure.sql"),
    include_str!("schema/steps/016_reservations.sql"),
    include_str!("schema/steps/017_webhooks.sql"),
    include_str!("schema/steps/018_commands.sql"),
    include_str!("schema/steps/019_agents.sql"),
    include_str!("schema/steps/020_audit_indexes.sql"),
    include_str!("schema/steps/021_plain_edits.sql"),
];

/// All views and triggers.
pub(crate) const DEFINITIONS: [&str; 27] = [
    include_str!("schema/definitions/views.sql"),
    include_str!("schema/definitions/log.sql"),
    include_str!("schema/definitions/retention.sql"),
    include_str!("schema/definitions/items_and_workstations.sql"),
    include_str!("schema/definitions/watching.sql"),
    include_str!("schema/definitions/structure.sql"),
    include_str!("schema/definitions/conflicts.sql"),
    include_str!("schema/definitions/sessions.sql"),
    include_str!("schema/definitions/plain_edits.sql"),
    include_str!("schema/definitions/batches.sql"),
    include_str!("schema/definitions/staleness.sql"),
    include_str!("schema/definitions/repositories.sql"),
    include_str!("schema/definitions/handoff.sql"),
    include_str!("schema/definitions/giving.sql"),
    include_str!("schema/definitions/checkpoints.sql"),
    include_str!("schema/definitions/force_release.sql"),
    include_str!("schema/definitions/presence.sql"),
    include_str!("schema/definitions/announcements.sql"),
    include_str!("schema/definitions/times.sql"),
    include_str!("schema/definitions/keys.sql"),
    include_str!("schema/definitions/limits.sql"),
    include_str!("schema/definitions/inbox.sql"),
    include_str!("schema/definitions/access.sql"),
    include_str!("schema/definitions/reservations.sql"),
    include_str!("schema/definitions/webhooks.sql"),
    include_str!("schema/definitions/commands.sql"),
    include_str!("schema/definitions/agents.sql"),
];

/// Whoever edits a definition raises this number, and puts the fingerprint there that the test below names.
const DEFINED: Defined = Defined { number: 20, fingerprint: 3087315905 };

/// Which definitions: the higher number is the newer one. Two that have the same number differ in their fingerprints, on the
/// machines of those who work on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Defined {
    number: i64,
    fingerprint: i64,
}

/// How often somebody looks who is kept from migrating, and how many times before it gives up.
const WAIT: Duration = Duration::from_millis(25);
const WAITS_MAX: usize = 1_200;

/// Whether the schema is this code's, or a newer one; no as long as nothing can be read of it.
pub(crate) async fn stands(connection: &Connection) -> bool {
    let statement = "SELECT (SELECT max(version) FROM schema_version), number, fingerprint FROM schema_definitions";
    let rows = query(connection, statement).await.unwrap_or_default();
    rows.first().is_some_and(|row| is_current(row).unwrap_or(false))
}

fn is_current(row: &Row) -> Option<bool> {
    let steps: i64 = row.get(0)?;
    let defined = Defined { number: row.get(1)?, fingerprint: row.get(2)? };
    let has_steps = usize::try_from(steps).is_ok_and(|steps| steps >= STEPS.len());
    Some(has_steps && (defined == DEFINED || defined.number > DEFINED.number))
}

/// Makes sure that the schema is this code's, or a newer one. The connection is this call's own: if it is broken off, what it
/// has begun ends with the connection.
pub(crate) async fn ensure(connection: &Connection) -> Result<(), String> {
    let mut last_error = String::new();
    for _ in 0..WAITS_MAX {
        if stands(connection).await {
            return Ok(());
        }
        match migrate(connection).await {
            Ok(()) => return Ok(()),
            Err(error) if is_busy(&error) => last_error = error,
            Err(error) => return Err(format!("the schema can't be set up: {error}")),
        }
        sleep(WAIT).await;
    }
    Err(format!("the schema can't be set up: {last_error}"))
}

/// Applies what is missing, all of it or nothing.
async fn migrate(connection: &Connection) -> Result<(), String> {
    write_ahead(connection).await?;
    query(connection, "BEGIN IMMEDIATE").await?;
    let applied = apply(connection).await;
    if applied.is_err() {
        // It may have been rolled back already.
        _ = query(connection, "ROLLBACK").await;
    }
    applied
}

async fn apply(connection: &Connection) -> Result<(), String> {
    check_transaction(connection).await?;
    // Somebody else may have migrated while this one waited for the right to write.
    if !stands(connection).await {
        drop_definitions(connection).await?;
        apply_steps(connection).await?;
        define(connection).await?;
    }
    query(connection, "COMMIT").await.map(drop)
}

/// Without a transaction a change could meet half of the triggers: then nothing is done. Every host that Baton is made for
/// keeps one on a connection.
async fn check_transaction(connection: &Connection) -> Result<(), String> {
    match query(connection, "BEGIN").await {
        Err(error) if error.contains("within a transaction") => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err("the host keeps no transaction on a connection".to_owned()),
    }
}

async fn drop_definitions(connection: &Connection) -> Result<(), String> {
    // Views first: their triggers go with them.
    for kind in ["view", "trigger"] {
        let names = format!("SELECT name FROM sqlite_master WHERE type = '{kind}'");
        for row in query(connection, &names).await? {
            let name = row.get::<&str>(0).unwrap_or_default().replace('"', "\"\"");
            query(connection, &format!("DROP {kind} \"{name}\"")).await?;
        }
    }
    Ok(())
}

async fn apply_steps(connection: &Connection) -> Result<(), String> {
    query(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)").await?;
    // Earlier releases kept others from migrating by a lease.
    query(connection, "DROP TABLE IF EXISTS schema_lease").await?;
    let applied = query(connection, "SELECT max(version) FROM schema_version").await?;
    let applied = applied.first().and_then(|row| row.get::<i64>(0)).unwrap_or(0);
    for (number, file) in (1_i64..).zip(STEPS).filter(|(number, _)| *number > applied) {
        for statement in statements(file) {
            query(connection, statement).await?;
        }
        let note = "INSERT OR IGNORE INTO schema_version (version) VALUES (?)";
        connection.query(note, params![number]).await?;
    }
    Ok(())
}

async fn define(connection: &Connection) -> Result<(), String> {
    for statement in DEFINITIONS.into_iter().flat_map(statements) {
        query(connection, statement).await?;
    }
    let table = "CREATE TABLE IF NOT EXISTS schema_definitions (id INTEGER PRIMARY KEY CHECK (id = 1),
                     number INTEGER NOT NULL, fingerprint INTEGER NOT NULL)";
    query(connection, table).await?;
    let note = "INSERT OR REPLACE INTO schema_definitions (id, number, fingerprint) VALUES (1, ?, ?)";
    connection.query(note, params![DEFINED.number, DEFINED.fingerprint]).await.map(drop)
}

/// Turns SQLite's write-ahead log on, so that readers and the writer don't wait for each other. The setting stays with
/// the file. Where it isn't a file of SQLite's own (libSQL keeps such a log in any case), the answer is an error or
/// another mode, and nothing is lost; only a lock is worth another try.
async fn write_ahead(connection: &Connection) -> Result<(), String> {
    match query(connection, "PRAGMA journal_mode = WAL").await {
        Err(error) if error.contains("locked") => Err(error),
        _ => Ok(()),
    }
}

async fn query(connection: &Connection, statement: &str) -> Result<Vec<Row>, String> {
    connection.query(statement, Vec::new()).await
}

/// The statements of a file: each begins after a line `--- name`.
fn statements(file: &str) -> impl Iterator<Item = &str> {
    file.split("\n--- ").skip(1).filter_map(|part| part.split_once('\n')).map(|(_, statement)| statement)
}

#[cfg(test)]
mod tests {
    use libsql_sqlite3_parser::lexer::sql::Parser;
    use rusqlite::fallible_iterator::FallibleIterator;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn steps_hold_what_stays_and_definitions_what_is_replaced() {
        let defines = |statement: &str| {
            let begins = |line: &str| line.starts_with("CREATE VIEW ") || line.starts_with("CREATE TRIGGER ");
            statement.lines().any(begins)
        };
        for statement in DEFINITIONS.into_iter().flat_map(statements) {
            assert!(defines(statement), "no view or trigger: {statement}");
            assert!(!statement.contains("IF NOT EXISTS"), "what stands there would stay: {statement}");
        }
        for statement in STEPS.into_iter().flat_map(statements) {
            assert!(!defines(statement), "the next step would find it gone: {statement}");
        }
    }

    /// It reads statements with a parser of its own, which knows less than SQLite's.
    #[test]
    fn libsqls_server_can_parse_all_of_it() {
        for statement in STEPS.into_iter().chain(DEFINITIONS).flat_map(statements) {
            let parsed = Parser::new(statement.as_bytes()).count();
            assert_eq!(parsed.map_err(|e| e.to_string()), Ok(1), "{statement}");
        }
    }

    #[test]
    fn edited_definitions_have_a_number_of_their_own() {
        let digest = Sha256::digest(DEFINITIONS.concat());
        let fingerprint = i64::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]));
        assert_eq!(
            DEFINED.fingerprint,
            fingerprint,
            "the definitions have been edited: raise DEFINED's number to {} or more, unless you have done so since the last \
             release, and put fingerprint: {fingerprint}",
            DEFINED.number + 1
        );
    }
}
