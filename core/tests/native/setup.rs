//! Setting the schema up.

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use baton_core::db::{Database, params, use_file};
use futures::executor::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

/// How many instances start at once.
const INSTANCES: u32 = 10;

/// A lease that somebody took who is gone.
const ABANDONED: &str = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
    CREATE TABLE schema_lease (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, expires_at TEXT NOT NULL);
    INSERT INTO schema_lease VALUES (1, 'somebody who is gone', '2020-01-01T00:00:00.000Z');";

#[test]
fn instances_that_start_at_once_all_find_the_schema() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("baton.db");
    open_at_once(&file);
    assert_eq!(objects(&file), whole_schema().1);
    let left: i64 =
        connect(&file).query_row("SELECT count(*) FROM schema_lease", [], |row| row.get(0)).expect("a count");
    assert_eq!(left, 0, "the lease is given back");
}

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
fn nobody_sets_up_what_another_is_about_to() {
    let (_directory, file) = broken_off(&[]);
    let renew = "UPDATE schema_lease SET expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 seconds')";
    connect(&file).execute(renew, []).expect("a lease that still runs");
    let begun = std::time::Instant::now();
    open(&file);
    assert!(begun.elapsed() > std::time::Duration::from_millis(800), "it waited for the lease to run out");
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

fn open(file: &Path) -> Database {
    use_file(file.to_owned());
    block_on(Database::open()).unwrap_or_else(|problem| panic!("the schema can't be set up: {problem}"))
}

fn connect(file: &Path) -> Connection {
    Connection::open(file).expect("the file can be opened")
}

/// A file that was set up in peace, and what it holds.
fn whole_schema() -> (TempDir, Vec<String>) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("whole.db");
    open(&file);
    let objects = objects(&file);
    (directory, objects)
}

/// Everything that is in the schema, as its statements say it.
fn objects(file: &Path) -> Vec<String> {
    let connection = connect(file);
    let mut statement = connection
        .prepare("SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
        .expect("the catalogue");
    let rows = statement.query_map([], |row| row.get(0)).expect("the catalogue");
    rows.collect::<rusqlite::Result<_>>().expect("the catalogue")
}

/// The schema's statements in order, from its sources.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema");
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
