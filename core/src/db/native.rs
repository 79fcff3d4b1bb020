//! Natively, in tests: SQLite itself, on a file that the test names.

use std::cell::RefCell;
use std::path::PathBuf;

use spin_sdk::sqlite::RowResult;

use super::batch::{self, Batched, Member};
use super::{Row, Value};
use crate::{Problem, Result, schema};

thread_local! {
    static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// Lets this thread's connections open `file`.
pub fn use_file(file: PathBuf) {
    FILE.with_borrow_mut(|current| *current = Some(file));
}

/// The database with its schema in place, on a connection of its own.
pub struct Database(Connection);

impl Database {
    /// Connects, and sets the schema up.
    pub async fn open() -> Result<Self> {
        let connection = Connection::open().map_err(Problem::unavailable)?;
        schema::ensure(&connection).await.map_err(Problem::unavailable)?;
        Ok(Self(connection))
    }

    /// Natively a connection is closed with the database that has it.
    pub fn close_idle() {}

    /// The connection, for what is given one.
    pub fn connection(&self) -> &Connection {
        &self.0
    }

    pub(super) async fn read(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Vec<Row>, String> {
        self.0.query(statement, parameters).await
    }

    pub(super) async fn read_first(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> std::result::Result<Option<Row>, String> {
        Ok(self.0.query(statement, parameters).await?.into_iter().next())
    }

    pub(super) async fn write(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Vec<Row>, String> {
        self.0.query(statement, parameters).await
    }

    pub(super) async fn write_together(
        &self,
        batched: Batched,
        member: Member,
    ) -> std::result::Result<Option<Row>, String> {
        batch::run(&self.0, batched, &[member]).await.remove(0)
    }
}

/// A connection to the thread's file.
pub struct Connection(std::sync::Mutex<rusqlite::Connection>);

impl Connection {
    fn open() -> std::result::Result<Self, String> {
        let file = FILE.with_borrow(Clone::clone).ok_or("no file is set for this thread")?;
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

fn run(connection: &rusqlite::Connection, statement: &str, parameters: Vec<Value>) -> rusqlite::Result<Vec<Row>> {
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
