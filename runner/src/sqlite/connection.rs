//! A connection that a component has opened.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::database::Database;
use super::file::{BUSY_TIMEOUT, DatabaseFile, WritePermit};
use super::statement::{all_rows, begins_with, check_size, send_rows, size, with_prepared};
use super::value::{Error, Row, Rows, Value};
use super::writer::LastChange;
use crate::limits::{MAX_RESULT_BYTES, STREAM_CAPACITY};

/// How many steps of SQLite's virtual machine a statement may take where others wait: a fraction of a millisecond.
const MOMENT: i32 = 10_000;

/// How large a result is at most that is collected there, in bytes.
const AT_ONCE_BYTES: usize = 256 * 1024;

/// A single change, which the process's writer makes for a connection without a state of its own.
const CHANGES: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "REPLACE"];

/// A connection. It runs one statement at a time, in the order of the calls, and has the writer make its single changes.
#[derive(Clone)]
pub struct Connection {
    database: Arc<Database>,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Made at the first statement that it runs itself.
    sqlite: Option<rusqlite::Connection>,
    permit: Option<WritePermit>,
    /// Whether there may be something that only this connection has: a transaction, a setting, a temporary table.
    is_special: bool,
    /// What the writer told of this connection's last change, if it made it.
    last_change: Option<LastChange>,
}

/// A statement that has been run, or is running.
pub enum Running {
    /// All that came of it.
    Done(Rows),
    /// It goes on.
    Coming(Coming),
}

/// What comes of a statement.
pub struct Coming {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, as they come.
    pub rows: mpsc::Receiver<Row>,
    /// How it ended.
    pub outcome: oneshot::Receiver<Result<(), Error>>,
}

impl Running {
    /// Waits for all rows.
    ///
    /// Errors: the statement's, or that of too large a result.
    pub async fn collect(self) -> Result<Rows, Error> {
        match self {
            Self::Done(result) => Ok(result),
            Self::Coming(coming) => coming.collect().await,
        }
    }
}

impl Coming {
    async fn collect(mut self) -> Result<Rows, Error> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(row) = self.rows.recv().await {
            bytes += size(&row);
            check_size(bytes, MAX_RESULT_BYTES)?;
            rows.push(row);
        }
        match self.outcome.await {
            Ok(outcome) => outcome?,
            Err(_) => return Err(Error::new("the statement was given up")),
        }
        Ok(Rows { columns: self.columns, rows })
    }
}

impl Connection {
    /// A connection to be made.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database, inner: Arc::default() }
    }

    /// Starts a statement. A syntax error is its outcome, not an error here, as in Spin.
    ///
    /// Errors: no connection, no right to write within SQLite's patience, or a change that failed.
    pub async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Running, Error> {
        let mut inner = Arc::clone(&self.inner).lock_owned().await;
        if !inner.is_special && CHANGES.iter().any(|change| begins_with(&statement, change)) {
            // Other changes of this connection may stand in the writer's line meanwhile.
            drop(inner);
            let written = self.database.writer()?.write(statement, parameters).await?;
            self.inner.lock().await.last_change = Some(written.told);
            return Ok(Running::Done(written.result));
        }
        let writes = match self.database.file().writes(&statement) {
            Some(writes) => writes,
            None => {
                let writes;
                (inner, writes) = self.look_at(inner, statement.clone()).await?;
                writes
            }
        };
        if !writes && let Some(result) = inner.read_at_once(&statement, &parameters) {
            return Ok(Running::Done(result));
        }
        if writes && inner.permit.is_none() {
            let permit = self.database.file().write_permit(BUSY_TIMEOUT).await;
            inner.permit = Some(permit.ok_or_else(Error::locked)?);
        }
        self.start(inner, statement, parameters, writes).await
    }

    /// Starts a statement on this connection itself, on a thread that may block.
    async fn start(
        &self,
        mut inner: OwnedMutexGuard<Inner>,
        statement: String,
        parameters: Vec<Value>,
        writes: bool,
    ) -> Result<Running, Error> {
        let (columns_tx, columns) = oneshot::channel();
        let (rows_tx, rows) = mpsc::channel(STREAM_CAPACITY);
        let (outcome_tx, outcome) = oneshot::channel();
        let database = Arc::clone(&self.database);
        spawn_blocking(move || {
            let result = inner.run(database.file(), &statement, &parameters, columns_tx, &rows_tx);
            inner.note(&statement, writes);
            drop(inner);
            // Nobody may be waiting any more.
            _ = outcome_tx.send(result);
        });
        Ok(Running::Coming(Coming { columns: columns.await.unwrap_or_default(), rows, outcome }))
    }

    /// The row ID of the last insertion; 0 before the first.
    pub async fn last_insert_rowid(&self) -> i64 {
        let inner = self.inner.lock().await;
        match inner.last_change {
            Some(last) => last.rowid,
            None => inner.sqlite.as_ref().map_or(0, rusqlite::Connection::last_insert_rowid),
        }
    }

    /// How many rows the last insertion, update or deletion changed.
    pub async fn changes(&self) -> u64 {
        let inner = self.inner.lock().await;
        match inner.last_change {
            Some(last) => last.changes,
            None => inner.sqlite.as_ref().map_or(0, rusqlite::Connection::changes),
        }
    }

    /// Finds out whether a statement writes, and remembers it; one that can't be prepared doesn't.
    async fn look_at(
        &self,
        mut inner: OwnedMutexGuard<Inner>,
        statement: String,
    ) -> Result<(OwnedMutexGuard<Inner>, bool), Error> {
        let database = Arc::clone(&self.database);
        let looking = spawn_blocking(move || {
            let sqlite = inner.sqlite(database.file())?;
            let writes = with_prepared(sqlite, &statement, |prepared| Ok(!prepared.readonly()));
            if let Ok(writes) = writes {
                database.file().remember(&statement, writes);
            }
            let writes = writes.unwrap_or(false);
            Ok((inner, writes))
        });
        looking.await.map_err(Error::new)?
    }
}

impl Inner {
    fn sqlite(&mut self, file: &DatabaseFile) -> Result<&rusqlite::Connection, Error> {
        match &mut self.sqlite {
            Some(sqlite) => Ok(sqlite),
            empty => Ok(empty.insert(file.connect()?)),
        }
    }

    /// Runs a SELECT here and now if that takes but a moment: less than to hand it to a thread that may block. None if
    /// it takes longer, has to wait for somebody or fails; then it is run anew on such a thread, which does no harm, as
    /// it only reads.
    fn read_at_once(&mut self, statement: &str, parameters: &[Value]) -> Option<Rows> {
        let sqlite = self.sqlite.as_mut()?;
        if !begins_with(statement, "SELECT") || !sqlite.is_autocommit() {
            return None;
        }
        sqlite.busy_timeout(Duration::ZERO).ok()?;
        sqlite.progress_handler(MOMENT, Some(|| true)).ok()?;
        let done = with_prepared(sqlite, statement, |prepared| all_rows(prepared, parameters, AT_ONCE_BYTES));
        sqlite.progress_handler(0, None::<fn() -> bool>).ok()?;
        sqlite.busy_timeout(BUSY_TIMEOUT).ok()?;
        done.ok()
    }

    fn run(
        &mut self,
        file: &DatabaseFile,
        statement: &str,
        parameters: &[Value],
        columns: oneshot::Sender<Vec<String>>,
        rows: &mpsc::Sender<Row>,
    ) -> Result<(), Error> {
        let sqlite = self.sqlite(file)?;
        with_prepared(sqlite, statement, |prepared| {
            let names = prepared.column_names();
            // Who called may have gone; the statement is run all the same, as in Spin.
            _ = columns.send(names.into_iter().map(str::to_owned).collect());
            send_rows(prepared, parameters, rows)
        })
    }

    /// Notes what a statement has left behind. A transaction keeps its right to write until it ends.
    fn note(&mut self, statement: &str, writes: bool) {
        if self.sqlite.as_ref().is_none_or(rusqlite::Connection::is_autocommit) {
            self.permit = None;
        }
        self.is_special |= !begins_with(statement, "SELECT") && !is_patience(statement);
        if writes {
            self.last_change = None;
        }
    }
}

/// Whether a statement says how long its connection waits for others. That is nothing for the writer, who waits for nobody
/// but its own line.
fn is_patience(statement: &str) -> bool {
    begins_with(statement, "PRAGMA busy_timeout")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Fixture {
        database: Arc<Database>,
        _directory: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            Self { database: Arc::new(Database::new(directory.path().join("test.db"))), _directory: directory }
        }

        fn connection(&self) -> Connection {
            Connection::new(Arc::clone(&self.database))
        }
    }

    async fn run(connection: &Connection, statement: &str) -> Result<Vec<Row>, Error> {
        let running = connection.execute(statement.to_owned(), Vec::new()).await?;
        Ok(running.collect().await?.rows)
    }

    #[tokio::test]
    async fn a_change_leaves_what_sqlite_tells_of_it() {
        let fixture = Fixture::new();
        let (other, connection) = (fixture.connection(), fixture.connection());
        run(&other, "CREATE TABLE t (a INTEGER PRIMARY KEY)").await.unwrap();
        run(&connection, "INSERT INTO t VALUES (7), (8)").await.unwrap();
        run(&fixture.connection(), "INSERT INTO t VALUES (9)").await.unwrap();
        run(&connection, "SELECT a FROM t").await.unwrap();
        assert_eq!((connection.changes().await, connection.last_insert_rowid().await), (2, 8));
        run(&connection, "CREATE TEMP TABLE own (a INTEGER PRIMARY KEY)").await.unwrap();
        run(&connection, "INSERT INTO own VALUES (3)").await.unwrap();
        assert_eq!((connection.changes().await, connection.last_insert_rowid().await), (1, 3));
    }

    #[tokio::test]
    async fn how_long_a_connection_waits_keeps_its_changes_from_nobody() {
        let fixture = Fixture::new();
        let connection = fixture.connection();
        run(&fixture.connection(), "CREATE TABLE t (a)").await.unwrap();
        for (setting, is_shared) in [("PRAGMA busy_timeout = 0", true), ("PRAGMA synchronous = OFF", false)] {
            run(&connection, setting).await.unwrap();
            run(&connection, "INSERT INTO t VALUES (1)").await.unwrap();
            assert_eq!(connection.inner.lock().await.last_change.is_some(), is_shared, "{setting}");
        }
    }

    #[tokio::test]
    async fn statements_run_and_errors_are_told() {
        let fixture = Fixture::new();
        let connection = fixture.connection();
        assert_eq!(connection.changes().await, 0);
        run(&connection, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").await.unwrap();
        run(&connection, "INSERT INTO t (b) VALUES ('x'), ('y'); DELETE FROM t").await.unwrap();
        assert_eq!(connection.changes().await, 2);
        assert_eq!(connection.last_insert_rowid().await, 2);
        let rows = run(&connection, "SELECT b, NULL, 1.5, x'00' FROM t").await.unwrap();
        assert_eq!(rows.len(), 2, "only the first statement of a text runs");
        assert!(matches!(&rows[0].0[0], Value::Text(text) if text == "x"));
        let said = run(&connection, "SELECT missing FROM t").await.unwrap_err();
        assert!(matches!(&said, Error(text) if text.contains("no such column")), "{said:?}");
    }

    #[tokio::test]
    async fn files_are_not_attached() {
        let fixture = Fixture::new();
        let connection = fixture.connection();
        assert!(run(&connection, "ATTACH '/tmp/other.db' AS other").await.is_err());
        assert!(run(&connection, "ATTACH ':memory:' AS other").await.is_ok());
    }

    #[tokio::test]
    async fn a_transaction_keeps_others_waiting_and_not_itself() {
        let fixture = Fixture::new();
        let (one, two) = (fixture.connection(), fixture.connection());
        run(&one, "CREATE TABLE t (a)").await.unwrap();
        run(&one, "BEGIN IMMEDIATE").await.unwrap();
        let other = tokio::spawn(async move { run(&two, "INSERT INTO t VALUES (2)").await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!other.is_finished());
        run(&one, "INSERT INTO t VALUES (1)").await.unwrap();
        run(&one, "COMMIT").await.unwrap();
        other.await.unwrap().unwrap();
        let rows = run(&one, "SELECT a FROM t ORDER BY rowid").await.unwrap();
        assert!(matches!(rows[0].0[0], Value::Integer(1)));
    }

    #[tokio::test]
    async fn all_whom_a_transaction_keeps_waiting_give_up_in_time() {
        let fixture = Fixture::new();
        let (one, others) = (fixture.connection(), [(); 3].map(|()| fixture.connection()));
        run(&one, "CREATE TABLE t (a)").await.unwrap();
        run(&one, "BEGIN IMMEDIATE").await.unwrap();
        let waiting = others.iter().map(|other| run(other, "INSERT INTO t VALUES (2)"));
        let all = tokio::time::timeout(BUSY_TIMEOUT * 2, futures::future::join_all(waiting)).await;
        let said = all.expect("not one after the other").into_iter().map(Result::unwrap_err);
        assert!(said.into_iter().all(|said| matches!(&said, Error(text) if text.contains("locked"))));
    }

    #[tokio::test]
    async fn a_connection_that_is_dropped_lets_others_write() {
        let fixture = Fixture::new();
        let (one, two) = (fixture.connection(), fixture.connection());
        run(&one, "CREATE TABLE t (a)").await.unwrap();
        run(&one, "BEGIN IMMEDIATE").await.unwrap();
        drop(one);
        run(&two, "INSERT INTO t VALUES (1)").await.unwrap();
    }

    #[tokio::test]
    async fn a_long_or_large_read_is_as_right_as_a_short_one() {
        let fixture = Fixture::new();
        let connection = fixture.connection();
        let counted = |limit: u32| {
            format!(
                "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {limit}) SELECT i FROM n)"
            )
        };
        for limit in [10, 1_000_000] {
            // The first time a connection meets a statement it looks at it elsewhere.
            for _ in 0..2 {
                let rows = run(&connection, &counted(limit)).await.unwrap();
                assert!(matches!(rows[0].0[0], Value::Integer(count) if count == i64::from(limit)));
            }
        }
        let large = "SELECT zeroblob(300000) UNION ALL SELECT zeroblob(300000)";
        for _ in 0..2 {
            assert_eq!(run(&connection, large).await.unwrap().len(), 2);
        }
    }

    #[tokio::test]
    async fn rows_that_nobody_reads_do_not_hold_the_connection() {
        let fixture = Fixture::new();
        let connection = fixture.connection();
        let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";
        drop(connection.execute(many.to_owned(), Vec::new()).await.unwrap());
        assert_eq!(run(&connection, many).await.unwrap().len(), 100);
    }
}
