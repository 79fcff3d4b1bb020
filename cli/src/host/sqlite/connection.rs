//! A connection that a component has opened.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Batch, Statement};
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::database::{BUSY_TIMEOUT, Database, WritePermit};
use super::{Error, QueryResult, RowResult, Value};
use crate::host::MAX_RESULT_BYTES;
use crate::host::stream::CAPACITY;

/// How many steps of SQLite's virtual machine a statement may take where others wait: a fraction of a millisecond.
const MOMENT: i32 = 10_000;

/// How large a result is at most that is collected there, in bytes.
const AT_ONCE_BYTES: usize = 256 * 1024;

/// A connection, made at the first statement. It runs one statement at a time, in the order of the calls.
#[derive(Clone)]
pub struct Connection {
    database: Arc<Database>,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    sqlite: Option<rusqlite::Connection>,
    permit: Option<WritePermit>,
}

/// A statement that has been prepared and is running.
pub struct Running {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, as they come.
    pub rows: mpsc::Receiver<RowResult>,
    /// How it ended.
    pub outcome: oneshot::Receiver<Result<(), Error>>,
}

impl Running {
    /// A statement that is done already.
    fn done(columns: Vec<String>, rows: Vec<RowResult>) -> Self {
        let (rows_tx, rows_rx) = mpsc::channel(rows.len().max(1));
        for row in rows {
            // There is room for all of them.
            _ = rows_tx.try_send(row);
        }
        let (outcome_tx, outcome) = oneshot::channel();
        _ = outcome_tx.send(Ok(()));
        Self { columns, rows: rows_rx, outcome }
    }

    /// Waits for all rows.
    ///
    /// Errors: the statement's, or that of too large a result.
    pub async fn collect(mut self) -> Result<QueryResult, Error> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(row) = self.rows.recv().await {
            bytes += size(&row);
            check_size(bytes)?;
            rows.push(row);
        }
        match self.outcome.await {
            Ok(outcome) => outcome?,
            Err(_) => return Err(Error::Io("the statement was given up".to_owned())),
        }
        Ok(QueryResult { columns: self.columns, rows })
    }
}

impl Connection {
    /// A connection to be made.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database, inner: Arc::default() }
    }

    /// Starts a statement. A syntax error is its outcome, not an error here, as in Spin.
    ///
    /// Errors: no connection, or no right to write within SQLite's patience.
    pub async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Running, Error> {
        let mut inner = Arc::clone(&self.inner).lock_owned().await;
        let writes = match self.database.writes(&statement) {
            Some(writes) => writes,
            None => {
                let writes;
                (inner, writes) = self.look_at(inner, statement.clone()).await?;
                writes
            }
        };
        if !writes && let Some(done) = inner.read_at_once(&statement, &parameters) {
            return Ok(done);
        }
        if writes && inner.permit.is_none() {
            let permit = self.database.write_permit().await;
            inner.permit = Some(permit.ok_or_else(|| Error::Io("database is locked".to_owned()))?);
        }
        let (columns_tx, columns) = oneshot::channel();
        let (rows_tx, rows) = mpsc::channel(CAPACITY);
        let (outcome_tx, outcome) = oneshot::channel();
        let database = Arc::clone(&self.database);
        spawn_blocking(move || {
            let result = inner.run(&database, &statement, parameters, columns_tx, &rows_tx);
            inner.give_back_permit();
            drop(inner);
            // Nobody may be waiting any more.
            _ = outcome_tx.send(result);
        });
        Ok(Running { columns: columns.await.unwrap_or_default(), rows, outcome })
    }

    /// The row ID of the last insertion; 0 before the first.
    pub async fn last_insert_rowid(&self) -> i64 {
        let inner = self.inner.lock().await;
        inner.sqlite.as_ref().map_or(0, rusqlite::Connection::last_insert_rowid)
    }

    /// How many rows the last insertion, update or deletion changed.
    pub async fn changes(&self) -> u64 {
        let inner = self.inner.lock().await;
        inner.sqlite.as_ref().map_or(0, rusqlite::Connection::changes)
    }

    /// Finds out whether a statement writes, and remembers it; one that can't be prepared doesn't.
    async fn look_at(
        &self,
        mut inner: OwnedMutexGuard<Inner>,
        statement: String,
    ) -> Result<(OwnedMutexGuard<Inner>, bool), Error> {
        let database = Arc::clone(&self.database);
        let looking = spawn_blocking(move || {
            let sqlite = inner.sqlite(&database)?;
            let writes = with_prepared(sqlite, &statement, |prepared| Ok(!prepared.readonly()));
            if let Ok(writes) = writes {
                database.remember(&statement, writes);
            }
            let writes = writes.unwrap_or(false);
            Ok((inner, writes))
        });
        looking.await.map_err(|error| Error::Io(error.to_string()))?
    }
}

impl Inner {
    fn sqlite(&mut self, database: &Database) -> Result<&rusqlite::Connection, Error> {
        match &mut self.sqlite {
            Some(sqlite) => Ok(sqlite),
            empty => Ok(empty.insert(database.connect().map_err(sql_error)?)),
        }
    }

    /// Runs a SELECT here and now if that takes but a moment: less than to hand it to a thread that may block. None if
    /// it takes longer, has to wait for somebody or fails; then it is run anew on such a thread, which does no harm, as
    /// it only reads.
    fn read_at_once(&mut self, statement: &str, parameters: &[Value]) -> Option<Running> {
        let sqlite = self.sqlite.as_mut()?;
        let is_select = statement.get(..6).is_some_and(|keyword| keyword.eq_ignore_ascii_case("SELECT"));
        if !is_select || !sqlite.is_autocommit() {
            return None;
        }
        sqlite.busy_timeout(Duration::ZERO).ok()?;
        sqlite.progress_handler(MOMENT, Some(|| true)).ok()?;
        let done = with_prepared(sqlite, statement, |prepared| all_rows(prepared, parameters));
        sqlite.progress_handler(0, None::<fn() -> bool>).ok()?;
        sqlite.busy_timeout(BUSY_TIMEOUT).ok()?;
        done.ok()
    }

    fn run(
        &mut self,
        database: &Database,
        statement: &str,
        parameters: Vec<Value>,
        columns: oneshot::Sender<Vec<String>>,
        rows: &mpsc::Sender<RowResult>,
    ) -> Result<(), Error> {
        let sqlite = self.sqlite(database)?;
        with_prepared(sqlite, statement, |prepared| {
            let names = prepared.column_names();
            // Who called may have gone; the statement is run all the same, as in Spin.
            _ = columns.send(names.into_iter().map(str::to_owned).collect());
            send_rows(prepared, parameters, rows)
        })
    }

    /// A transaction keeps its right to write until it ends.
    fn give_back_permit(&mut self) {
        if self.sqlite.as_ref().is_none_or(rusqlite::Connection::is_autocommit) {
            self.permit = None;
        }
    }
}

/// Prepares the first statement of a text and does something with it; others are passed over, as in Spin.
fn with_prepared<R>(
    sqlite: &rusqlite::Connection,
    text: &str,
    work: impl FnOnce(&mut Statement<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    if text.trim_end_matches([';', ' ', '\n']).contains(';') {
        let mut statements = Batch::new(sqlite, text);
        return match statements.next().map_err(sql_error)? {
            Some(mut first) => work(&mut first),
            None => Err(Error::Io("there is no statement".to_owned())),
        };
    }
    work(&mut *sqlite.prepare_cached(text).map_err(sql_error)?)
}

/// The rows of a statement that reads little; an error if they are large.
fn all_rows(prepared: &mut Statement<'_>, parameters: &[Value]) -> Result<Running, Error> {
    let columns: Vec<_> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let parameters = rusqlite::params_from_iter(parameters.iter().cloned().map(to_sql));
    let mut found = prepared.query(parameters).map_err(sql_error)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next().map_err(sql_error)? {
        let row = read_row(row, columns.len())?;
        bytes += size(&row);
        if bytes > AT_ONCE_BYTES {
            return Err(Error::Io("too large to be read at once".to_owned()));
        }
        rows.push(row);
    }
    Ok(Running::done(columns, rows))
}

fn send_rows(
    prepared: &mut Statement<'_>,
    parameters: Vec<Value>,
    rows: &mpsc::Sender<RowResult>,
) -> Result<(), Error> {
    let columns = prepared.column_count();
    let parameters = rusqlite::params_from_iter(parameters.into_iter().map(to_sql));
    let mut found = prepared.query(parameters).map_err(sql_error)?;
    while let Some(row) = found.next().map_err(sql_error)? {
        let row = read_row(row, columns)?;
        check_size(size(&row))?;
        rows.blocking_send(row).map_err(|_| Error::Io("nobody reads the rows".to_owned()))?;
    }
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>, columns: usize) -> Result<RowResult, Error> {
    let values =
        (0..columns).map(|column| from_sql(row.get_ref(column).map_err(sql_error)?)).collect::<Result<_, Error>>()?;
    Ok(RowResult { values })
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => {
            Value::Text(String::from_utf8(text.to_vec()).map_err(|error| Error::Io(error.to_string()))?)
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn to_sql(value: Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => SqlValue::Integer(number),
        Value::Real(number) => SqlValue::Real(number),
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(bytes) => SqlValue::Blob(bytes),
    }
}

fn size(row: &RowResult) -> usize {
    let payload = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    };
    row.values.iter().map(|value| size_of::<Value>() + payload(value)).sum()
}

fn check_size(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_RESULT_BYTES {
        return Err(Error::Io(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}

fn sql_error(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
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

    async fn run(connection: &Connection, statement: &str) -> Result<Vec<RowResult>, Error> {
        let running = connection.execute(statement.to_owned(), Vec::new()).await?;
        Ok(running.collect().await?.rows)
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
        assert!(matches!(&rows[0].values[0], Value::Text(text) if text == "x"));
        let said = run(&connection, "SELECT missing FROM t").await.unwrap_err();
        assert!(matches!(&said, Error::Io(text) if text.contains("no such column")), "{said:?}");
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
        assert!(matches!(rows[0].values[0], Value::Integer(1)));
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
                assert!(matches!(rows[0].values[0], Value::Integer(count) if count == i64::from(limit)));
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
