//! The one connection on which this process makes its single changes, and the thread that it belongs to.
//!
//! SQLite has one writer at a time. If each connection wrote for itself, each would wait for its own turn at the disk,
//! and read the pages again that another one has written. Here the changes that wait at the same time, whoever makes
//! them, share one transaction and so one wait for the disk. They are answered after that, and stay what they were: each
//! is a statement, which SQLite undoes as a whole if it fails, and none is lost because another one fails.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::file::{BUSY_TIMEOUT, DatabaseFile};
use super::statement::{all_rows, with_prepared};
use super::value::{Error, Rows, Value};
use super::wal::Wal;
use crate::limits::MAX_RESULT_BYTES;

/// How many changes share a transaction at most, so that the first doesn't wait long for the last.
const TOGETHER_MAX: usize = 32;

/// How much of the database the connection keeps in memory, as SQLite's `cache_size` puts it: minus KiB.
const CACHE_KIB: i32 = -16 * 1024;

/// What came of a change.
pub struct Written {
    /// What it returned.
    pub result: Rows,
    /// What SQLite tells of it afterwards.
    pub told: LastChange,
}

/// What SQLite tells of a connection's last change.
#[derive(Clone, Copy)]
pub struct LastChange {
    /// The row ID of the last insertion.
    pub rowid: i64,
    /// How many rows it changed.
    pub changes: u64,
}

type Answer = Result<Written, Error>;

struct Change {
    statement: String,
    parameters: Vec<Value>,
    answer: oneshot::Sender<Answer>,
    since: Instant,
}

/// The way to the thread that writes.
pub struct Writer {
    changes: Sender<Change>,
}

impl Writer {
    /// Starts the thread, which ends when this is dropped.
    ///
    /// Errors: the machine can't have another thread.
    pub fn start(file: Arc<DatabaseFile>) -> std::io::Result<Self> {
        let (changes, waiting) = mpsc::channel();
        let runtime = Handle::current();
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut sqlite = None;
            while let Ok(first) = waiting.recv() {
                serve(&file, &runtime, &mut sqlite, first, &waiting);
            }
        })?;
        Ok(Self { changes })
    }

    /// Makes a change. It stays made if nobody waits for the answer.
    pub async fn write(&self, statement: String, parameters: Vec<Value>) -> Answer {
        let (answer, receiver) = oneshot::channel();
        let gone = || Error::new("nobody writes any more");
        self.changes.send(Change { statement, parameters, answer, since: Instant::now() }).map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

/// Makes a change, and those that wait or come meanwhile.
fn serve(file: &DatabaseFile, runtime: &Handle, open: &mut Option<Open>, first: Change, waiting: &Receiver<Change>) {
    // Who has waited behind others for so long has no patience left.
    let patience = BUSY_TIMEOUT.saturating_sub(first.since.elapsed());
    let Some(_permit) = runtime.block_on(file.write_permit(patience)) else {
        return first.answer(Err(Error::locked()));
    };
    let open = match open {
        Some(open) => open,
        None => match Open::new(file) {
            Ok(new) => open.insert(new),
            Err(error) => return first.answer(Err(error)),
        },
    };
    match waiting.try_recv() {
        Ok(second) => {
            let others = std::iter::from_fn(|| waiting.try_recv().ok());
            open.together([first, second].into_iter().chain(others).take(TOGETHER_MAX));
        }
        Err(_) => open.alone(first),
    }
    open.wal.keep_short(&open.sqlite);
}

impl Change {
    fn answer(self, answer: Answer) {
        // Nobody may be waiting any more.
        _ = self.answer.send(answer);
    }
}

/// The connection.
struct Open {
    sqlite: rusqlite::Connection,
    wal: Wal,
}

impl Open {
    fn new(file: &DatabaseFile) -> Result<Self, Error> {
        let mut sqlite = file.connect()?;
        sqlite.pragma_update(None, "cache_size", CACHE_KIB)?;
        let wal = Wal::keep(&mut sqlite, file).map_err(Error::new)?;
        Ok(Self { sqlite, wal })
    }

    fn alone(&self, change: Change) {
        let answer = self.run(&change);
        change.answer(answer);
    }

    /// Makes changes in one transaction, and answers when it has reached the disk.
    fn together(&self, mut changes: impl Iterator<Item = Change>) {
        let begun = self.sqlite.execute_batch("BEGIN IMMEDIATE");
        if let Err(error) = begun {
            let error = Error::from(error);
            return changes.for_each(|change| change.answer(Err(error.clone())));
        }
        let mut made = Vec::new();
        for change in changes.by_ref() {
            let answer = self.run(&change);
            made.push((change, answer));
            if self.sqlite.is_autocommit() {
                self.one_by_one(made);
                return changes.for_each(|change| self.alone(change));
            }
        }
        if self.sqlite.execute_batch("COMMIT").is_ok() {
            made.into_iter().for_each(|(change, answer)| change.answer(answer));
        } else {
            // A failure to begin anew shows in what follows.
            _ = self.sqlite.execute_batch("ROLLBACK");
            self.one_by_one(made);
        }
    }

    /// One of the changes ended the transaction, or can't be committed: what had succeeded is made again, each for itself.
    fn one_by_one(&self, made: Vec<(Change, Answer)>) {
        for (change, answer) in made {
            let answer = answer.and_then(|_| self.run(&change));
            change.answer(answer);
        }
    }

    fn run(&self, change: &Change) -> Answer {
        let result = with_prepared(&self.sqlite, &change.statement, |prepared| {
            all_rows(prepared, &change.parameters, MAX_RESULT_BYTES)
        })?;
        let told = LastChange { rowid: self.sqlite.last_insert_rowid(), changes: self.sqlite.changes() };
        Ok(Written { result, told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture {
        open: Open,
        _directory: tempfile::TempDir,
    }

    impl Fixture {
        fn new(table: &str) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let open = Open::new(&DatabaseFile::new(directory.path().join("test.db"))).unwrap();
            open.sqlite.execute_batch("PRAGMA journal_mode = WAL").unwrap();
            open.sqlite.execute_batch(table).unwrap();
            Self { open, _directory: directory }
        }

        /// What comes of changes that are made together: the rows that each changed, or that it failed.
        fn together(&self, statements: &[&str]) -> Vec<Result<u64, ()>> {
            let (changes, answers): (Vec<_>, Vec<_>) = statements
                .iter()
                .map(|statement| {
                    let (answer, receiver) = oneshot::channel();
                    (
                        Change {
                            statement: (*statement).to_owned(),
                            parameters: Vec::new(),
                            answer,
                            since: Instant::now(),
                        },
                        receiver,
                    )
                })
                .unzip();
            self.open.together(changes.into_iter());
            let outcome = |answer: Answer| answer.map(|written| written.told.changes).map_err(|_| ());
            answers.into_iter().map(|receiver| outcome(receiver.blocking_recv().unwrap())).collect()
        }

        fn rows(&self) -> Vec<i64> {
            let mut select = self.open.sqlite.prepare("SELECT a FROM t ORDER BY a").unwrap();
            select.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
    }

    #[test]
    fn who_fails_undoes_its_own_change_only() {
        let fixture = Fixture::new("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        let made = fixture.together(&[
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t VALUES (2), (1)",
            "nonsense",
            "INSERT INTO t VALUES (3), (4)",
        ]);
        assert_eq!(made, [Ok(1), Err(()), Err(()), Ok(2)]);
        assert_eq!(fixture.rows(), [1, 3, 4]);
    }

    #[test]
    fn who_ends_the_transaction_takes_no_other_change_along() {
        let fixture = Fixture::new("CREATE TABLE t (a INTEGER PRIMARY KEY)");
        let made = fixture.together(&[
            "INSERT INTO t VALUES (1)",
            "INSERT OR ROLLBACK INTO t VALUES (1)",
            "INSERT INTO t VALUES (2)",
        ]);
        assert_eq!(made, [Ok(1), Err(()), Ok(1)]);
        assert_eq!(fixture.rows(), [1, 2]);
    }

    #[test]
    fn who_cannot_be_committed_takes_no_other_change_along() {
        let fixture =
            Fixture::new("CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
        let made = fixture.together(&["INSERT INTO t (a) VALUES (1)", "INSERT INTO t VALUES (2, 7)"]);
        assert_eq!(made, [Ok(1), Err(())]);
        assert_eq!(fixture.rows(), [1]);
    }
}
