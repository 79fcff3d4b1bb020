//! A database in a directory of its own, and a look inside.

mod answer;
mod commands;
mod edits;
mod reservations;
pub mod sql;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use baton_core::Result;
use baton_core::db::{Database, Row, Value, params, use_file};
use baton_core::request::{Cause, RequestContext};
use futures::executor::block_on;
use serde_json::json;
use tempfile::TempDir;

pub use answer::Answer;
pub use commands::{Ask, Terms};

/// The address that every command of a test comes from.
pub const IP: &str = "192.0.2.1";

/// What a granted or accepted request makes of its session's length, in seconds.
pub const REQUEST_TTL: i64 = 900;

/// A user at a registered workstation.
#[derive(Clone, Debug)]
pub struct Seat {
    pub user: String,
    pub id: String,
}

/// A test's own database.
pub struct Store {
    database: Database,
    raw: rusqlite::Connection,
    names: RefCell<HashMap<String, String>>,
    steps: Cell<u32>,
    in_full: Cell<bool>,
    plain_changes: Cell<u32>,
    _directory: TempDir,
}

impl Store {
    /// A database that holds nothing but its schema.
    pub fn new() -> Self {
        let (directory, file, database) = fresh();
        let raw = rusqlite::Connection::open(&file).expect("the file can be opened once more");
        raw.pragma_update(None, "synchronous", "OFF").expect("a setting of this connection");
        let names = RefCell::default();
        let (steps, in_full, plain_changes) = Default::default();
        Self { database, raw, names, steps, in_full, plain_changes, _directory: directory }
    }

    /// Edits and asks from now on by the statements that can do all of it, and no others.
    pub fn change_in_full(&self) {
        self.in_full.set(true);
    }

    /// How many changes concerned nobody else.
    pub fn plain_changes(&self) -> u32 {
        self.plain_changes.get()
    }

    /// The same file, beside `Database`.
    pub fn raw(&self) -> &rusqlite::Connection {
        &self.raw
    }

    /// How many commands have been given a cause.
    pub fn steps(&self) -> u32 {
        self.steps.get()
    }

    /// Rewrites when a session expires, to a time in the past.
    pub fn let_expire(&self, session_id: &str) {
        let statement = "UPDATE sessions SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ? AND ended_at IS NULL";
        let changed = self.raw.execute(statement, [session_id]).expect("expires_at can be rewritten");
        assert_eq!(changed, 1, "only an active session expires");
    }

    /// Rewrites when a session's holder was at it last, to a time in the past: the later, the larger `number` is.
    pub fn let_lie(&self, session_id: &str, number: usize) {
        let (time, statement) = (
            format!("2020-01-01T00:00:{:02}.{:03}Z", number / 1000, number % 1000),
            "UPDATE sessions SET active_at = ?1 WHERE id = ?2 AND ended_at IS NULL",
        );
        assert_eq!(self.raw.execute(statement, [time.as_str(), session_id]), Ok(1), "only an active session lies idle");
    }

    /// Rewrites when a workstation was heard of last, to an hour ago.
    pub fn let_go_quiet(&self, seat: &Seat) {
        let statement =
            "UPDATE workstations SET last_seen = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hours') WHERE id = ?";
        assert_eq!(self.raw.execute(statement, [&seat.id]), Ok(1));
    }

    /// Whether a workstation was heard of within the last seconds.
    pub fn is_heard(&self, seat: &Seat) -> bool {
        let statement =
            "SELECT last_seen > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-10 seconds') FROM workstations WHERE id = ?";
        self.raw.query_row(statement, [&seat.id], |row| row.get(0)).expect("the workstation is there")
    }

    /// The first column of the first row.
    pub fn value<T: rusqlite::types::FromSql>(&self, statement: &str) -> T {
        self.raw.query_row(statement, [], |row| row.get(0)).unwrap_or_else(|e| panic!("{statement}: {e}"))
    }

    /// Every row of every table of ours, as text.
    pub fn dump(&self) -> Vec<String> {
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name";
        let tables = self.rows(tables, |row| row.get::<_, String>(0));
        tables.iter().flat_map(|table| self.dump_table(table)).collect()
    }

    fn dump_table(&self, table: &str) -> Vec<String> {
        let statement = format!("SELECT * FROM {table}");
        self.rows(&statement, |row| {
            let columns = (0..row.as_ref().column_count()).map(|column| row.get::<_, rusqlite::types::Value>(column));
            Ok(format!("{table} {:?}", columns.collect::<rusqlite::Result<Vec<_>>>()?))
        })
    }

    /// All rows, each as it is read.
    pub fn rows<T>(&self, statement: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = self.raw.prepare_cached(statement).expect("a statement");
        let rows = statement.query_map([], read).expect("a query");
        rows.collect::<rusqlite::Result<_>>().expect("rows")
    }

    /// Runs a component's statement the way that the component does: one that takes any number of changes gets one.
    fn run(&self, statement: &str, mut parameters: Vec<Value>) -> Result<Vec<Row>> {
        if statement.contains("FROM json_each(?)") {
            assert_eq!(
                parameters.len(),
                statement.matches("value ->> ").count(),
                "it takes other arguments: {statement}"
            );
            parameters = params![json!([parameters.iter().map(json_of).collect::<Vec<_>>()]).to_string()];
        }
        assert_eq!(parameters.len(), statement.matches('?').count(), "it takes other parameters now: {statement}");
        block_on(self.database.rows(statement, parameters))
    }

    /// The cause of the next command. The change and its request are named after the step.
    fn cause(&self, actor: &str) -> Cause {
        self.steps.set(self.steps.get() + 1);
        let context = RequestContext { id: format!("step {}", self.steps.get()), ip: Some(IP.to_owned()) };
        let cause = context.cause(actor);
        self.name(&cause.change.to_string(), context.id);
        cause
    }

    /// Lets the view call an id by a name that a test can predict.
    fn name(&self, id: &str, name: String) {
        self.names.borrow_mut().insert(id.to_owned(), name);
    }
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Null => json!(null),
        other => panic!("no argument of a command: {other:?}"),
    }
}

/// A database that holds nothing but its schema, and where it is. Nothing in it has to outlive the machine.
pub fn fresh() -> (TempDir, PathBuf, Database) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("baton.db");
    std::fs::write(&file, template()).expect("the template can be copied");
    use_file(file.clone());
    let database = block_on(Database::open()).expect("the schema stands");
    block_on(database.rows("PRAGMA synchronous = OFF", params![])).expect("a setting of this connection");
    (directory, file, database)
}

/// The bytes of a database after its set-up, which takes longer than most tests.
fn template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("template.db");
        use_file(file.clone());
        block_on(Database::open()).expect("the schema can be set up");
        flush(&file);
        std::fs::read(&file).expect("the template can be read")
    })
}

/// Brings what is in the write-ahead log into the file itself.
fn flush(file: &Path) {
    let connection = rusqlite::Connection::open(file).expect("the file can be opened");
    let flushed = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    assert_eq!(flushed, Ok(0), "nobody else has the file open");
}
