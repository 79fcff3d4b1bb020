//! The database: SQLite, through Spin's interface in a component and directly in native tests.
//!
//! A statement is the unit (README, "What must stay true"): nothing here begins a transaction. A connection serves one
//! request at a time and is kept in the instance for the next one.

use serde::de::DeserializeOwned;
use spin_sdk::sqlite::RowResult;

use crate::events::Announcement;
use crate::{Problem, Result, schema};

pub use host::Connection;
pub use spin_sdk::sqlite::Value;

/// The parameters of a statement, in the order of its `?`s.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub use params;

/// The result of one change: what the statement says of its outcome, and what is to be announced.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// What the statement returned; none if it returned null.
    pub state: Option<T>,
    /// What is to be announced; none if it caused no event.
    pub announcement: Option<Announcement>,
}

/// A row of a result.
#[derive(Debug)]
pub struct Row(RowResult);

impl Row {
    /// A column's value; none if it is null or of another type.
    pub fn get<'a, T: TryFrom<&'a Value>>(&'a self, column: usize) -> Option<T> {
        self.0.get(column)
    }

    /// A column that holds JSON, read as `T`; none if it is null.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<Option<T>> {
        self.get::<&str>(column).map(|text| serde_json::from_str(text).map_err(Problem::unavailable)).transpose()
    }
}

/// A connection with the schema in place, for one request.
pub struct Database(Option<Connection>);

impl Database {
    /// Takes a kept connection or makes one.
    pub async fn open() -> Result<Self> {
        let connection = match host::kept() {
            Some(connection) => connection,
            None => Connection::open().await.map_err(Problem::unavailable)?,
        };
        let database = Self(Some(connection));
        database.ensure_schema().await?;
        Ok(database)
    }

    async fn ensure_schema(&self) -> Result<()> {
        if host::schema_stands() {
            return Ok(());
        }
        schema::ensure(self.connection()?).await.map_err(Problem::unavailable)?;
        host::note_schema_stands();
        Ok(())
    }

    fn connection(&self) -> Result<&Connection> {
        self.0.as_ref().ok_or_else(|| Problem::unavailable("the connection has been given back"))
    }

    /// Runs a statement and reads all of its rows.
    pub async fn rows(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>> {
        let rows = self.connection()?.query(statement, parameters).await.map_err(Problem::unavailable)?;
        Ok(rows)
    }

    /// Runs a statement of which at most the first row matters.
    pub async fn row(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.rows(statement, parameters).await?.into_iter().next())
    }

    /// Runs a statement whose first column is a JSON document, and reads the first one.
    pub async fn document<T: DeserializeOwned>(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<T>> {
        match self.row(statement, parameters).await? {
            Some(row) => row.json(0),
            None => Ok(None),
        }
    }

    /// Makes one change. Its statement returns a state as JSON, and what is to be announced.
    pub async fn change<T: DeserializeOwned>(&self, statement: &str, parameters: Vec<Value>) -> Result<Outcome<T>> {
        match self.row(statement, parameters).await? {
            Some(row) => Ok(Outcome { state: row.json(0)?, announcement: row.json(1)? }),
            None => Ok(Outcome { state: None, announcement: None }),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            host::keep(connection);
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod host {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use send_wrapper::SendWrapper;
    use spin_sdk::sqlite;

    use super::{Row, Value};

    /// How many connections are kept: a burst of requests shouldn't leave the memory of as many connections behind.
    const KEPT_MAX: usize = 16;

    /// Connections between two requests.
    static KEPT: Mutex<Vec<Connection>> = Mutex::new(Vec::new());
    static SCHEMA_STANDS: AtomicBool = AtomicBool::new(false);

    pub(super) fn kept() -> Option<Connection> {
        KEPT.lock().ok()?.pop()
    }

    pub(super) fn keep(connection: Connection) {
        if let Ok(mut kept) = KEPT.lock()
            && kept.len() < KEPT_MAX
        {
            kept.push(connection);
        }
    }

    pub(super) fn schema_stands() -> bool {
        SCHEMA_STANDS.load(Ordering::Relaxed)
    }

    pub(super) fn note_schema_stands() {
        SCHEMA_STANDS.store(true, Ordering::Relaxed);
    }

    /// A connection that the host opened. A component has one thread, which is what `SendWrapper` checks: axum asks
    /// for `Send`, and Spin's bindings can't promise it.
    pub struct Connection(SendWrapper<sqlite::Connection>);

    impl Connection {
        pub(super) async fn open() -> Result<Self, String> {
            let opened = SendWrapper::new(sqlite::Connection::open_default()).await;
            opened.map(|connection| Self(SendWrapper::new(connection))).map_err(describe)
        }

        pub(crate) async fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
            SendWrapper::new(async {
                let result = self.0.execute(statement, parameters).await.map_err(describe)?;
                let rows = result.collect().await.map_err(describe)?;
                Ok(rows.into_iter().map(Row).collect())
            })
            .await
        }
    }

    fn describe(error: sqlite::Error) -> String {
        match error {
            sqlite::Error::Io(message) => message,
            other => format!("{other:?}"),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::cell::RefCell;
    use std::path::PathBuf;

    use super::{Row, RowResult, Value};

    thread_local! {
        static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
    }

    /// Lets this thread's connections open `file`.
    pub fn use_file(file: PathBuf) {
        FILE.with_borrow_mut(|current| *current = Some(file));
    }

    pub(super) fn kept() -> Option<Connection> {
        None
    }

    pub(super) fn keep(_: Connection) {}

    pub(super) fn schema_stands() -> bool {
        false
    }

    pub(super) fn note_schema_stands() {}

    /// A connection to the thread's file.
    pub struct Connection(std::sync::Mutex<rusqlite::Connection>);

    impl Connection {
        pub(super) async fn open() -> Result<Self, String> {
            let file = FILE.with_borrow(Clone::clone).ok_or("no file is set for this thread")?;
            rusqlite::Connection::open(file).map(|connection| Self(connection.into())).map_err(|e| e.to_string())
        }

        pub(crate) async fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
            let connection = self.0.lock().map_err(|e| e.to_string())?;
            run(&connection, statement, parameters).map_err(|e| e.to_string())
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
}

#[cfg(not(target_arch = "wasm32"))]
pub use host::use_file;
