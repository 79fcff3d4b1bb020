//! A database file, and what all connections to it share.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use tokio::sync::OwnedMutexGuard;

/// How long a statement waits for others to be done, as in Spin.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Compiled statements that a connection keeps.
const CACHED_STATEMENTS: usize = 128;

/// Statements whose kind is remembered.
const REMEMBERED_KINDS: usize = 4096;

/// The right to write, held for a statement or, in a transaction, until its end.
pub type WritePermit = OwnedMutexGuard<()>;

/// A database file.
///
/// SQLite lets one connection write at a time and makes the others sleep and try again, which is neither quick nor
/// fair. So writers of this process stand in line here. Writers of other processes still meet SQLite's own lock.
pub struct DatabaseFile {
    path: PathBuf,
    writers: Arc<tokio::sync::Mutex<()>>,
    writes: Mutex<HashMap<String, bool>>,
}

impl DatabaseFile {
    /// A file, which comes into being with the first connection.
    pub fn new(path: PathBuf) -> Self {
        Self { path, writers: Arc::default(), writes: Mutex::default() }
    }

    /// Opens a connection, which may not attach other files.
    ///
    /// Errors: the file can't be opened.
    pub fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let mut connection = rusqlite::Connection::open(&self.path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        // The plan of a kept statement doesn't depend on the parameters that it ran with last: otherwise SQLite compiles
        // most statements anew whenever their parameters are cleared, which costs several times what they do.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.authorizer(Some(refuse_attaching_files))?;
        Ok(connection)
    }

    /// Waits for the right to write; none after this time.
    pub async fn write_permit(&self, patience: Duration) -> Option<WritePermit> {
        let permit = Arc::clone(&self.writers).lock_owned();
        tokio::time::timeout(patience, permit).await.ok()
    }

    /// Whether a statement writes, if that is remembered.
    pub fn writes(&self, statement: &str) -> Option<bool> {
        let kinds = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.get(statement).copied()
    }

    /// Remembers whether a statement writes.
    ///
    /// It is but a hint: should it ever be wrong, as the schema has changed, SQLite's own lock still holds.
    pub fn remember(&self, statement: &str, writes: bool) {
        let mut kinds = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= REMEMBERED_KINDS {
            kinds.clear();
        }
        kinds.insert(statement.to_owned(), writes);
    }
}

fn refuse_attaching_files(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_kept_statement_stays_compiled() {
        let directory = tempfile::tempdir().unwrap();
        let connection = DatabaseFile::new(directory.path().join("test.db")).connect().unwrap();
        connection.execute_batch("CREATE TABLE t (id TEXT NOT NULL UNIQUE, part TEXT NOT NULL)").unwrap();
        let select = "SELECT id FROM t WHERE part = ? LIMIT ?";
        for _ in 0..3 {
            assert!(!connection.prepare_cached(select).unwrap().exists(("a", 2)).unwrap());
        }
        let recompiled = connection.prepare_cached(select).unwrap().get_status(StatementStatus::RePrepare);
        assert_eq!(recompiled, 0);
    }
}
