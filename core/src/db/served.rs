//! Natively, in a process that serves many requests at once from one file: what its host does for a component. Reads run
//! where they are asked for, on connections that are kept; changes run on one connection, which has a thread of its own, and
//! those that wait at the same time share a transaction, hence one wait for the disk.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::channel::oneshot;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::host::run;
use super::{Row, Value};

/// How many changes share a transaction at most, so that the first doesn't wait long for the last.
const TOGETHER_MAX: usize = 32;

/// Compiled statements that a connection keeps: more than there are.
const CACHED_STATEMENTS: usize = 128;

/// How many pages come into the write-ahead log before they are copied into the file: some 16 MiB.
const LOG_PAGES: u32 = 4_000;

/// How long a statement waits for other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What comes of a statement: its rows.
type Answer = Result<Vec<Row>, String>;

/// The file that this process serves.
pub struct Served {
    file: PathBuf,
    readers: Mutex<Vec<Connection>>,
    changes: Sender<Change>,
}

static SERVED: OnceLock<Served> = OnceLock::new();

/// The file that this process serves, if it does.
pub fn current() -> Option<&'static Served> {
    SERVED.get()
}

/// Serves this file from now on, in which the schema stands.
///
/// Errors: it can't be opened, or another one is served.
pub fn begin(file: PathBuf) -> Result<(), String> {
    let writer = connect(&file).map_err(|e| e.to_string())?;
    writer.pragma_update(None, "wal_autocheckpoint", LOG_PAGES).map_err(|e| e.to_string())?;
    let (changes, waiting) = mpsc::channel();
    let thread = std::thread::Builder::new().name("writer".to_owned());
    thread.spawn(move || write(&writer, &waiting)).map_err(|e| e.to_string())?;
    let served = Served { file, readers: Mutex::default(), changes };
    SERVED.set(served).map_err(|_| "a file is served already".to_owned())
}

impl Served {
    /// Runs a statement that only reads.
    pub async fn read(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        let kept = self.readers().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.file).map_err(|e| e.to_string())?,
        };
        let rows = run(&connection, statement, parameters).map_err(|e| e.to_string());
        self.readers().push(connection);
        rows
    }

    /// Makes a change. It stays made if nobody waits for the answer.
    pub async fn write(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        let (answer, receiver) = oneshot::channel();
        let gone = || "nobody writes any more".to_owned();
        self.changes.send(Change { statement: statement.to_owned(), parameters, answer }).map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Change {
    statement: String,
    parameters: Vec<Value>,
    answer: oneshot::Sender<Answer>,
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // A kept statement is not compiled anew because its parameters are other ones.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn write(connection: &Connection, waiting: &Receiver<Change>) {
    while let Ok(first) = waiting.recv() {
        let others = std::iter::from_fn(|| waiting.try_recv().ok());
        let changes: Vec<_> = [first].into_iter().chain(others.take(TOGETHER_MAX - 1)).collect();
        for (answer, made) in together(connection, changes) {
            // Nobody may be waiting any more.
            _ = answer.send(made);
        }
    }
}

/// Makes changes in one transaction. Each is a statement, which SQLite undoes as a whole if it fails.
fn together(connection: &Connection, changes: Vec<Change>) -> Vec<(oneshot::Sender<Answer>, Answer)> {
    let begun = connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| e.to_string());
    let mut made = Vec::with_capacity(changes.len());
    for Change { statement, parameters, answer } in changes {
        let rows = begun.clone().and_then(|()| run(connection, &statement, parameters).map_err(|e| e.to_string()));
        made.push((answer, rows));
    }
    if begun.is_ok()
        && let Err(error) = connection.execute_batch("COMMIT")
    {
        // Whatever became of the transaction, the next one begins without it.
        _ = connection.execute_batch("ROLLBACK");
        made.iter_mut().for_each(|(_, rows)| *rows = Err(error.to_string()));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_undoes_its_own_change_only() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY)").unwrap();
        let change = |statement: &str| {
            let (answer, _) = oneshot::channel();
            Change { statement: statement.to_owned(), parameters: Vec::new(), answer }
        };
        let statements = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2), (1)", "INSERT INTO t VALUES (3)"];
        let made = together(&connection, statements.map(change).into());
        assert_eq!(made.iter().map(|(_, rows)| rows.is_ok()).collect::<Vec<_>>(), [true, false, true]);
        let sum: i64 = connection.query_row("SELECT sum(a) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(sum, 4);
        assert!(connection.is_autocommit());
    }
}
