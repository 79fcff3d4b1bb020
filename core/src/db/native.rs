//! Natively: SQLite itself, on the file that a test names, or on the one that the process serves (`served`).

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use spin_sdk::sqlite::RowResult;

use super::batch::{self, Batched, Member};
use super::served::{self, Served};
use super::{Row, Value};
use crate::{Problem, Result, schema};

thread_local! {
    static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

#[cfg(test)]
thread_local! {
    static STATEMENTS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Lets this thread's connections open `file`.
pub fn use_file(file: PathBuf) {
    FILE.with_borrow_mut(|current| *current = Some(file));
}

/// Lets this thread's connections open a file of a test's own, which is there for as long as what this gives.
#[cfg(test)]
pub fn use_scratch() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    use_file(directory.path().join("test.db"));
    directory
}

/// The database with its schema in place: on a connection of its own, or on those of the file that is served.
pub struct Database(Source);

enum Source {
    Own(Connection),
    Served(&'static Served),
}

/// Sets the schema up in a file, and has every [`Database`] of this process be this one.
///
/// Errors: the file can't be opened or set up, or another one is served.
pub async fn serve_file(file: PathBuf) -> std::result::Result<(), String> {
    let connection = Connection::open(&file)?;
    schema::ensure(&connection).await?;
    served::begin(file)
}

impl Database {
    /// Connects, and sets the schema up.
    pub async fn open() -> Result<Self> {
        if let Some(served) = served::current() {
            return Ok(Self(Source::Served(served)));
        }
        let file =
            FILE.with_borrow(Clone::clone).ok_or_else(|| Problem::unavailable("no file is set for this thread"))?;
        let connection = Connection::open(&file).map_err(Problem::unavailable)?;
        schema::ensure(&connection).await.map_err(Problem::unavailable)?;
        Ok(Self(Source::Own(connection)))
    }

    /// Natively a connection is closed with the database that has it.
    pub fn close_idle() {}

    /// The connection, for what is given one.
    ///
    /// # Panics
    /// The file is served, on connections that nobody is given.
    pub fn connection(&self) -> &Connection {
        match &self.0 {
            Source::Own(connection) => connection,
            Source::Served(_) => panic!("a file that is served is read and written through its own connections"),
        }
    }

    /// How many statements this thread has run since it was asked last, without those that look for the schema.
    #[cfg(test)]
    pub(crate) fn statements_run() -> u32 {
        STATEMENTS.replace(0)
    }

    pub(super) async fn read(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Vec<Row>, String> {
        #[cfg(test)]
        STATEMENTS.set(STATEMENTS.get() + 1);
        match &self.0 {
            Source::Own(connection) => connection.query(statement, parameters).await,
            Source::Served(served) => served.read(statement, parameters).await,
        }
    }

    pub(super) async fn read_first(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> std::result::Result<Option<Row>, String> {
        Ok(self.read(statement, parameters).await?.into_iter().next())
    }

    pub(super) async fn write(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Vec<Row>, String> {
        #[cfg(test)]
        STATEMENTS.set(STATEMENTS.get() + 1);
        match &self.0 {
            Source::Own(connection) => connection.query(statement, parameters).await,
            Source::Served(served) => served.write(statement, parameters).await,
        }
    }

    pub(super) async fn write_together(
        &self,
        batched: Batched,
        member: Member,
    ) -> std::result::Result<Option<Row>, String> {
        match &self.0 {
            Source::Own(connection) => batch::run(connection, batched, &[member]).await.remove(0),
            // There changes share a transaction, whatever their statements are.
            Source::Served(served) => {
                let rows = served.write(batched.statement(1), batch::parameters(&[member])).await?;
                Ok(rows.into_iter().next())
            }
        }
    }
}

/// A connection to a file.
pub struct Connection(std::sync::Mutex<rusqlite::Connection>);

impl Connection {
    fn open(file: &Path) -> std::result::Result<Self, String> {
        rusqlite::Connection::open(file).map(|connection| Self(connection.into())).map_err(|e| e.to_string())
    }

    pub(crate) async fn query(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Vec<Row>, String> {
        let connection = self.0.lock().map_err(|e| e.to_string())?;
        run(&connection, statement, parameters).map_err(|e| e.to_string())
    }

    /// A statement that writes. SQLite waits while others do.
    pub(crate) async fn change(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> std::result::Result<Vec<Row>, String> {
        self.query(statement, parameters).await
    }
}

/// Runs a statement, which stays compiled for the next time.
pub(super) fn run(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(statement)?;
    let columns = statement.column_count();
    let parameters = rusqlite::params_from_iter(parameters.into_iter().map(to_sqlite));
    let rows = statement.query_map(parameters, |row| {
        let values = (0..columns).map(|column| row.get(column).map(from_sqlite));
        Ok(Row(RowResult { values: values.collect::<rusqlite::Result<_>>()? }))
    })?;
    rows.collect()
}

fn to_sqlite(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Integer(i) => i.into(),
        Value::Real(r) => r.into(),
        Value::Text(t) => t.into(),
        Value::Blob(b) => b.into(),
        Value::Null => rusqlite::types::Value::Null,
    }
}

fn from_sqlite(value: rusqlite::types::Value) -> Value {
    match value {
        rusqlite::types::Value::Integer(i) => Value::Integer(i),
        rusqlite::types::Value::Real(r) => Value::Real(r),
        rusqlite::types::Value::Text(t) => Value::Text(t),
        rusqlite::types::Value::Blob(b) => Value::Blob(b),
        rusqlite::types::Value::Null => Value::Null,
    }
}
