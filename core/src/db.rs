//! The database: SQLite, through Spin's interface in a component and directly in native tests.
//!
//! A statement is the unit (docs/architecture.md, "What must stay true"): nothing here begins a transaction. An instance keeps a few
//! connections: some for statements that read, lent for one statement at a time (`readers`), and one for all that write,
//! which wait in lines for it (`line`). SQLite has one writer at a time anyway, and opening a connection
//! costs more than most statements, since it reads the whole schema.

use serde::de::DeserializeOwned;
use spin_sdk::sqlite::RowResult;

use crate::events::Announcement;
use crate::request::Cause;
use crate::{Problem, Result, limits};

pub mod batch;

#[cfg(target_arch = "wasm32")]
#[path = "db/component.rs"]
mod host;
#[cfg(not(target_arch = "wasm32"))]
#[path = "db/native.rs"]
mod host;
// Natively nobody waits: there it is tested, and not used.
#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod line;
#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod pace;
#[cfg(target_arch = "wasm32")]
mod readers;
#[cfg(not(target_arch = "wasm32"))]
mod served;

pub use batch::Batched;
#[cfg(test)]
pub(crate) use host::use_scratch;
pub use host::{Connection, Database};
#[cfg(not(target_arch = "wasm32"))]
pub use host::{serve_file, use_file};
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
#[derive(Clone, Debug)]
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

impl Database {
    /// Runs a statement and reads all of its rows.
    pub async fn rows(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>> {
        let rows = if reads(statement) {
            self.read(statement, parameters).await
        } else {
            self.write(statement, parameters).await
        };
        rows.map_err(limits::explain)
    }

    /// Runs a statement of which at most the first row matters.
    pub async fn row(&self, statement: &str, parameters: Vec<Value>) -> Result<Option<Row>> {
        let row = if reads(statement) {
            self.read_first(statement, parameters).await
        } else {
            self.write(statement, parameters).await.map(|rows| rows.into_iter().next())
        };
        row.map_err(limits::explain)
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
        outcome(self.row(statement, parameters).await?)
    }

    /// Makes one change, which may go down in one statement with others of its kind that wait at the same time. Each
    /// has an outcome of its own, as if it were alone.
    pub async fn change_together<T: DeserializeOwned>(
        &self,
        batched: Batched,
        cause: &Cause,
        arguments: Vec<serde_json::Value>,
    ) -> Result<Outcome<T>> {
        let member = batch::Member::new(cause, arguments);
        outcome(self.write_together(batched, member).await.map_err(limits::explain)?)
    }
}

fn outcome<T: DeserializeOwned>(row: Option<Row>) -> Result<Outcome<T>> {
    match row {
        Some(row) => Ok(Outcome { state: row.json(0)?, announcement: row.json(1)? }),
        None => Ok(Outcome { state: None, announcement: None }),
    }
}

/// Whether a statement only reads, as far as can be told from how it begins.
fn reads(statement: &str) -> bool {
    let keyword = statement.trim_start().get(..6).unwrap_or_default();
    keyword.eq_ignore_ascii_case("SELECT")
}
