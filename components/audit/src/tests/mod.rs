//! On real SQLite, with the schema as it is.

mod broken;
mod forgotten;
mod planner;
mod sealing;
mod times;
mod whole;

use baton_core::db::{Database, use_file};
use baton_core::seal::seal;
use futures::executor::block_on;
use tempfile::TempDir;

use crate::chain;
use crate::model::{Head, Verdict};

/// An audit log of a test's own.
struct Log {
    /// As the components use it.
    database: Database,
    /// As somebody uses it who can write to the file.
    raw: rusqlite::Connection,
    directory: TempDir,
}

impl Log {
    /// A log with this many rows, none of them sealed.
    fn with_rows(count: i64) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        use_file(directory.path().join("log.db"));
        let database = block_on(Database::open()).expect("the schema stands");
        let raw = rusqlite::Connection::open(directory.path().join("log.db")).expect("the file can be opened");
        let log = Self { database, raw, directory };
        log.write_rows(count);
        log
    }

    /// Writes further rows, of every kind of content.
    fn write_rows(&self, count: i64) {
        write_rows(&self.raw, count);
    }

    fn sealed(self) -> Self {
        self.seal();
        self
    }

    fn seal(&self) {
        block_on(seal(&self.database)).expect("the rows can be sealed");
    }

    fn verify(&self) -> Verdict {
        block_on(chain::verify(&self.database)).expect("the log can be read")
    }

    /// The hashes in order; none for a row that isn't sealed.
    fn hashes(&self) -> Vec<Option<String>> {
        let mut statement = self.raw.prepare("SELECT hash FROM audit ORDER BY seq").expect("a statement");
        let hashes = statement.query_map([], |row| row.get(0)).expect("a query");
        hashes.collect::<rusqlite::Result<_>>().expect("hashes")
    }

    /// Lets the log's rows be altered, as somebody would who wants to forge it.
    fn without_guards(self) -> Self {
        self.run("DROP TRIGGER audit_append_only_update");
        self.run("DROP TRIGGER audit_append_only_delete");
        self
    }

    fn run(&self, statement: &str) {
        self.raw.execute(statement, []).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

fn write_rows(raw: &rusqlite::Connection, count: i64) {
    let statement = "INSERT INTO audit (time, actor, action, resource_type, resource_id, part_number, details,
                                        request_id, ip)
                     SELECT (SELECT now FROM clock), 'ädä \"x\"', 'item.created', 'item', 'i' || value,
                            iif(value % 2, 'F01-000' || value, NULL), json_object('n', value), 'r', '192.0.2.1'
                     FROM (WITH RECURSIVE numbers (value) AS
                               (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?1)
                           SELECT value FROM numbers)";
    raw.execute(statement, [count]).expect("rows can be written");
}

/// The verdict on a log that holds, with this many rows.
fn whole(rows: usize, hash: &str) -> Verdict {
    let rows = i64::try_from(rows).expect("a small number");
    Verdict::Whole { valid: true, rows, head: Some(Head { id: rows.to_string(), hash: hash.to_owned() }), anchor: None }
}
