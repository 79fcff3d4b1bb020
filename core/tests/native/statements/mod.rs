//! What single statements of the components come to, by example, where a test has to look at or rewrite what nobody sees over HTTP.

/// Declares what a file's tests work with: a scratch database, with whatever it is asked for there.
macro_rules! on_scratch {
    ($(#[$about:meta])* struct $name:ident;) => {
        $(#[$about])*
        struct $name(Scratch);

        impl std::ops::Deref for $name {
            type Target = Scratch;

            fn deref(&self) -> &Scratch {
                &self.0
            }
        }
    };
}

mod checkpoints;
mod commands;
mod fan_out;
mod force_release;
mod limits;
mod locks;

use std::path::{Path, PathBuf};

use baton_core::Result;
use baton_core::db::{Database, Row, Value, params};
use futures::executor::block_on;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::store::{self, sql};

/// A database of a test's own, which is asked in SQL.
struct Scratch {
    database: Database,
    file: PathBuf,
    _directory: TempDir,
}

impl Scratch {
    /// A database that holds nothing but its schema.
    fn new() -> Self {
        let (directory, file, database) = store::fresh();
        Self { database, file, _directory: directory }
    }

    fn file(&self) -> &Path {
        &self.file
    }

    fn try_run(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>> {
        block_on(self.database.rows(statement, parameters))
    }

    fn run(&self, statement: &str, parameters: Vec<Value>) -> Vec<Row> {
        self.try_run(statement, parameters).unwrap_or_else(|e| panic!("{statement}: {}", e.detail()))
    }

    /// Gives one of the components' commands, and reads its outcome; null if there is none.
    fn command(&self, view: &str, parameters: Vec<Value>) -> Json {
        self.run(&sql::insert_into(view), parameters)[0].json(0).expect("an outcome is JSON").unwrap_or_default()
    }

    /// The first column of all rows.
    fn texts(&self, query: &str) -> Vec<String> {
        let text = |row: &Row| row.get::<&str>(0).map_or_else(|| "NULL".to_owned(), str::to_owned);
        self.run(query, Vec::new()).iter().map(text).collect()
    }

    fn count(&self, what: &str) -> i64 {
        self.run(&format!("SELECT count(*) FROM {what}"), Vec::new())[0].get(0).expect("a number")
    }

    fn register(&self, id: &str, user: &str) {
        let statement = "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
                         VALUES (?1, ?2, ?1, ?1, '', '', ?3)";
        self.run(statement, params![id, user, cause(user)]);
    }

    /// Alice, at the workstation `w`, takes the part `F1`, whose id is `i`.
    fn acquire(&self, id: &str) {
        let statement = "INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level,
                                                 ttl_seconds, cause)
                         VALUES (?, 'i', 'F1', 'alice', 'w', 'part', 600, ?)";
        self.run(statement, params![id, cause("alice")]);
    }
}

/// The cause of a change of somebody's.
fn cause(actor: &str) -> String {
    cause_within(actor, &json!({}))
}

/// The cause of a change, and how far its actor may go.
fn cause_within(actor: &str, limits: &Json) -> String {
    let mut cause = json!({ "change": Uuid::new_v4(), "actor": actor, "request_id": "r", "ip": null });
    cause.as_object_mut().expect("a cause").extend(limits.as_object().expect("limits").clone());
    cause.to_string()
}
