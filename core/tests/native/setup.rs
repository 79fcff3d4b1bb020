//! Setting the schema up.

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use baton_core::db::{Database, params, use_file};
use futures::executor::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

/// How many instances start at once.
const INSTANCES: u32 = 10;

/// What earlier releases began with: a lease that others had to wait for. Its holder is gone.
const ABANDONED: &str = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
    CREATE TABLE schema_lease (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, expires_at TEXT NOT NULL);
    INSERT INTO schema_lease VALUES (1, 'somebody who is gone', '2999-01-01T00:00:00.000Z');";

#[test]
fn instances_that_start_at_once_all_find_the_schema() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("baton.db");
    open_at_once(&file);
    assert_eq!(objects(&file), whole_schema().1);
}

/// An earlier release applied one statement after the other, and could die in between.
#[test]
fn the_set_up_goes_on_from_wherever_it_was_broken_off() {
    let statements = statements();
    let (_, whole) = whole_schema();
    assert!(statements.len() > 80, "{} statements", statements.len());
    for count in 0..=statements.len() {
        let (_directory, file) = broken_off(&statements[..count]);
        open(&file);
        assert_eq!(objects(&file), whole, "broken off after {count} statements");
    }
}

#[test]
fn instances_that_start_at_once_go_on_from_a_broken_set_up() {
    let statements = statements();
    for count in [0, 1, statements.len() / 2, statements.len()] {
        let (_directory, file) = broken_off(&statements[..count]);
        open_at_once(&file);
        assert_eq!(objects(&file), whole_schema().1, "broken off after {count} statements");
    }
}

#[test]
fn whoever_dies_while_setting_up_leaves_nothing_and_holds_up_nobody() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("baton.db");
    let dying = connect(&file);
    dying.pragma_update(None, "journal_mode", "WAL").expect("a setting");
    dying.execute_batch("BEGIN IMMEDIATE; CREATE TABLE items (half TEXT);").expect("it has begun");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| open_at_once(&file));
        drop(dying);
        waiting.join().expect("the others set it up");
    });
    assert_eq!(objects(&file), whole_schema().1);
}

#[test]
fn what_a_newer_version_has_set_up_stays() {
    let (_directory, file) = broken_off(&[]);
    open(&file);
    let connection = connect(&file);
    connection
        .execute_batch("UPDATE schema_definitions SET number = 1000000; CREATE VIEW newer AS SELECT 1;")
        .expect("a newer version");
    let newer = objects(&file);
    open(&file);
    assert_eq!(objects(&file), newer);
}

/// A file whose set-up ended after these statements, without a word.
fn broken_off(statements: &[String]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("baton.db");
    let connection = connect(&file);
    connection.pragma_update(None, "synchronous", "OFF").expect("a setting");
    connection.execute_batch(ABANDONED).expect("a lease");
    for statement in statements {
        connection.execute_batch(statement).unwrap_or_else(|e| panic!("{e}: {statement}"));
    }
    (directory, file)
}

/// Opens the file from several threads at the same moment; each makes a change with what it finds.
fn open_at_once(file: &Path) {
    let barrier = Barrier::new(INSTANCES as usize);
    std::thread::scope(|scope| {
        for number in 0..INSTANCES {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                let database = open(file);
                let change = "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause)
                              VALUES (?1, 'anna', ?1, ?1, 'now', 'now', '{\"actor\": \"anna\"}')";
                let insert = block_on(database.rows(change, params![number.to_string()]));
                insert.unwrap_or_else(|problem| panic!("instance {number}: {problem}"));
            });
        }
    });
    let connection = connect(file);
    let rows = |table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u32>(0));
    assert_eq!((rows("workstations"), rows("audit")), (Ok(INSTANCES), Ok(INSTANCES)));
}

pub fn open(file: &Path) -> Database {
    use_file(file.to_owned());
    block_on(Database::open()).unwrap_or_else(|problem| panic!("the schema can't be set up: {problem}"))
}

pub fn connect(file: &Path) -> Connection {
    Connection::open(file).expect("the file can be opened")
}

/// A file that was set up in peace, and what it holds.
pub fn whole_schema() -> (TempDir, Vec<String>) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("whole.db");
    open(&file);
    let objects = objects(&file);
    (directory, objects)
}

/// Everything that is in the schema, as its statements say it.
pub fn objects(file: &Path) -> Vec<String> {
    let connection = connect(file);
    let mut statement = connection
        .prepare("SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
        .expect("the catalogue");
    let rows = statement.query_map([], |row| row.get(0)).expect("the catalogue");
    rows.collect::<rusqlite::Result<_>>().expect("the catalogue")
}

/// The statements of the last release that applied them one by one, in order.
fn statements() -> Vec<String> {
    (1..=3).flat_map(earlier).collect()
}

/// What a release added to the schema, as it stood then.
pub fn earlier(version: u32) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/earlier/{version}"));
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the schema").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).expect("the schema is text"));
    texts.flat_map(|text| split(&text)).collect()
}

fn split(text: &str) -> Vec<String> {
    let parts = text.split("\n--- ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(_, statement)| statement.to_owned()).collect()
}
