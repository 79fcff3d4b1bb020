//! On real SQLite, with the schema as it is.

mod explorer;
mod forgetting;
mod paging;
mod planner;
mod presence;
mod roles;
mod waits;

use std::path::PathBuf;

use baton_core::db::{Database, use_file};
use futures::executor::block_on;
use tempfile::TempDir;

/// How long events are kept here, in hours.
const RETENTION_HOURS: u32 = 1;

/// An event log of a test's own.
struct Log {
    /// As the component uses it.
    database: Database,
    /// As somebody uses it who can write to the file.
    raw: rusqlite::Connection,
    file: PathBuf,
    _directory: TempDir,
}

impl Log {
    /// A log without events, and the workstations `even` and `odd`.
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("log.db");
        let database = open(&file);
        let raw = rusqlite::Connection::open(&file).expect("the file can be opened");
        raw.pragma_update(None, "synchronous", "OFF").expect("a setting");
        let log = Self { database, raw, file, _directory: directory };
        for name in ["even", "odd"] {
            log.run(&format!(
                "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
                 VALUES ('{name}', 'anna', '{name}', '{name}', 'now', 'now', '{{\"actor\": \"anna\"}}')"
            ));
        }
        log
    }

    /// Adds events, each for the workstation that its number is named after; they are that many hours old.
    fn add_events(&self, count: i64, hours: u32) {
        let (first, last) = (self.head() + 1, self.head() + count);
        let numbers = format!(
            "WITH RECURSIVE numbers (value) AS (SELECT {first} UNION ALL SELECT value + 1 FROM numbers WHERE value < {last})"
        );
        self.run(&format!(
            "INSERT INTO events (type, time, data, change_id)
             {numbers} SELECT 'test', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{hours} hours'), '{{}}', 'c' || value
             FROM numbers"
        ));
        self.run(&format!(
            "INSERT INTO deliveries (workstation_id, seq) {numbers} SELECT iif(value % 2, 'odd', 'even'), value FROM numbers"
        ));
    }

    fn head(&self) -> i64 {
        self.number("SELECT seq FROM log_head")
    }

    fn number(&self, statement: &str) -> i64 {
        self.raw.query_row(statement, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    fn run(&self, statement: &str) {
        self.raw.execute(statement, []).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The database in this file, on a connection of this thread's own.
fn open(file: &std::path::Path) -> Database {
    use_file(file.to_owned());
    block_on(Database::open()).expect("the schema stands")
}
