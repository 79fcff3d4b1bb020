//! `baton backup` and `baton restore`: a copy of the database while it is used, and back again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use baton_runner::{LoadedManifest, StateDir};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, params};

use crate::cli::{BackupArgs, RestoreArgs, StateArgs};

/// By how many bits the seconds since 1970 are shifted: cursors and fences of a restored database begin beyond that. A million
/// of them could be given out in each second since the backup, and they stay below 2^53, which JSON numbers hold, until 2242.
const SHIFT: u32 = 20;

/// What a database has that `baton restore` puts back: the log, and what its cursors and an item's fences begin beyond.
const EPOCH: &str = "
    CREATE TABLE IF NOT EXISTS epoch (id INTEGER PRIMARY KEY CHECK (id = 1), base INTEGER NOT NULL);
    INSERT OR IGNORE INTO epoch (id, base) VALUES (1, 0);";

/// Copies the database of a state directory to a file that isn't there yet. Who uses it goes on meanwhile.
///
/// Errors: there is no database, the file is there or can't be written, or the copy isn't sound.
pub fn backup(args: &BackupArgs) -> Result<()> {
    let database = open_state(&args.state)?.sqlite_database();
    let source = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .with_context(|| format!("there is no database to copy: {}", database.display()))?;
    let directory = directory_of(&args.file)?;
    ensure!(!args.file.exists(), "{} is there already", args.file.display());
    // For its owner alone, as is the database.
    let copy = tempfile::NamedTempFile::new_in(&directory)
        .with_context(|| format!("can't write to {}", directory.display()))?;
    copy_all(&source, copy.path())?;
    let made = Connection::open(copy.path())?;
    check(&made)?;
    // One file, without a write-ahead log beside it.
    set_journal(&made, "DELETE")?;
    made.close().map_err(|(_, error)| error)?;
    copy.as_file().sync_all()?;
    copy.persist_noclobber(&args.file).with_context(|| format!("can't make {}", args.file.display()))?;
    File::open(directory)?.sync_all()?;
    println!("{}", args.file.display());
    Ok(())
}

/// Puts a copy in the place of a state directory's database, which is kept beside it. Cursors and fences that have been given
/// out since the copy was made are none of those that are given out from then on.
///
/// Errors: the copy is none of Baton's, or the database is in use.
pub fn restore(args: &RestoreArgs) -> Result<()> {
    let state = open_state(&args.state)?;
    let database = state.sqlite_database();
    let source = Connection::open_with_flags(&args.file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("can't read {}", args.file.display()))?;
    check(&source).with_context(|| format!("{} is no backup", args.file.display()))?;
    let copy = tempfile::NamedTempFile::new_in(state.path())?;
    copy_all(&source, copy.path())?;
    let mut restored = Connection::open(copy.path())?;
    let replaced = take_over(&database)?;
    let base = begin_epoch(&mut restored, replaced.as_ref())?;
    set_journal(&restored, "WAL")?;
    restored.close().map_err(|(_, error)| error)?;
    copy.as_file().sync_all()?;
    drop(replaced);
    if database.exists() {
        std::fs::rename(&database, database.with_extension("db.replaced"))?;
    }
    copy.persist(&database)?;
    File::open(state.path())?.sync_all()?;
    println!("Restored {}: cursors and fences go on beyond {base}", database.display());
    Ok(())
}

fn open_state(args: &StateArgs) -> Result<StateDir> {
    let directory = match &args.state_dir {
        Some(_) => std::env::current_dir()?,
        None => LoadedManifest::read(&args.from)?.directory().to_owned(),
    };
    StateDir::open(args.state_dir.as_deref(), &directory)
}

fn directory_of(file: &Path) -> Result<PathBuf> {
    let file = std::path::absolute(file)?;
    file.parent().map(Path::to_owned).with_context(|| format!("{} is no file", file.display()))
}

/// Copies a database as of one instant into an empty file.
fn copy_all(source: &Connection, to: &Path) -> Result<()> {
    let mut target = Connection::open(to)?;
    let outcome = Backup::new(source, &mut target)?.step(-1)?;
    ensure!(outcome == StepResult::Done, "somebody else keeps the database from being read");
    Ok(())
}

/// Errors: a database that is damaged, or isn't one of Baton's.
fn check(database: &Connection) -> Result<()> {
    let found: String = database.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    ensure!(found == "ok", "the database is damaged: {found}");
    let tables =
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('items', 'events', 'log_horizon')";
    let tables: i64 = database.query_row(tables, (), |row| row.get(0))?;
    ensure!(tables == 3, "the database isn't one of Baton's");
    Ok(())
}

/// Opens the database that is replaced, if there is one, as the only one who does.
fn take_over(database: &Path) -> Result<Option<Connection>> {
    if !database.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // This writes what stands in the write-ahead log to the database, and is possible for the last connection only.
    match set_journal(&connection, "DELETE") {
        Ok(()) => Ok(Some(connection)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Ok(None),
        Err(_) => bail!("{} is in use: stop the server first", database.display()),
    }
}

/// Has changes written ahead (`WAL`) or not (`DELETE`), which stays so for all who open the database.
fn set_journal(database: &Connection, mode: &str) -> rusqlite::Result<()> {
    database.query_row(&format!("PRAGMA journal_mode = {mode}"), (), |_| Ok(()))
}

/// Lifts what cursors and fences begin beyond above all that may have been given out: since the backup, and in the database
/// that is replaced. In one transaction, with a row in the audit log.
fn begin_epoch(restored: &mut Connection, replaced: Option<&Connection>) -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    let now = i64::try_from(now).ok().and_then(|now| now.checked_mul(1 << SHIFT)).context("the clock is far ahead")?;
    // Should the clock have been set back, or the last restore be less than a second ago.
    let given = [Some(&*restored), replaced].into_iter().flatten().map(highest).max().unwrap_or(0);
    let base = now.max(given.saturating_add(1 << SHIFT));
    let transaction = restored.transaction()?;
    transaction.execute_batch(EPOCH)?;
    transaction.execute("UPDATE epoch SET base = ?", [base])?;
    transaction.execute("DELETE FROM sqlite_sequence WHERE name = 'events'", ())?;
    transaction.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", [base])?;
    transaction.execute("UPDATE log_horizon SET pruned_through = ?", [base])?;
    transaction.execute_batch("DELETE FROM deliveries; DELETE FROM events;")?;
    transaction.execute(
        "INSERT INTO audit (time, actor, action, resource_type, resource_id, details)
         VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'system', 'database.restored', 'database', 'default', json_object('base', ?))",
        params![base],
    )?;
    transaction.commit()?;
    Ok(base)
}

/// The highest cursor or fence of a database; 0 if it can't be told.
fn highest(database: &Connection) -> i64 {
    let one = |query| database.query_row(query, (), |row| row.get::<_, Option<i64>>(0)).ok().flatten().unwrap_or(0);
    let epoch = one("SELECT max(base) FROM epoch");
    let cursor = one("SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'");
    epoch.max(cursor).max(one("SELECT max(fence) FROM items"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let database = Connection::open_in_memory().unwrap();
        database
            .execute_batch(
                "CREATE TABLE items (fence INTEGER);
                 CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT);
                 CREATE TABLE deliveries (seq INTEGER);
                 CREATE TABLE log_horizon (pruned_through INTEGER);
                 CREATE TABLE audit (time, actor, action, resource_type, resource_id, details);
                 INSERT INTO log_horizon VALUES (0);
                 INSERT INTO items VALUES (3);
                 INSERT INTO events VALUES (7);",
            )
            .unwrap();
        database
    }

    #[test]
    fn each_restore_begins_beyond_all_before() {
        let mut first = database();
        let base = begin_epoch(&mut first, None).unwrap();
        assert!(base > 7 && base < 1 << 53);
        first.execute("INSERT INTO events VALUES (NULL)", ()).unwrap();
        let next: i64 = first.query_row("SELECT max(seq) FROM events", (), |row| row.get(0)).unwrap();
        assert_eq!(next, base + 1);
        // The same backup once more, within the same second and with a clock that has been set back.
        first.execute("UPDATE epoch SET base = base + (1000 << 20)", ()).unwrap();
        let second = begin_epoch(&mut database(), Some(&first)).unwrap();
        assert!(second > base + (1000 << 20));
    }

    #[test]
    fn what_is_no_database_of_ours_is_refused() {
        assert!(check(&Connection::open_in_memory().unwrap()).is_err());
        check(&database()).unwrap();
    }

    #[test]
    fn a_copy_is_of_one_instant_and_what_is_in_use_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sqlite_db.db");
        let user = Connection::open(&path).unwrap();
        user.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        let copy = directory.path().join("copy");
        File::create(&copy).unwrap();
        user.execute_batch("BEGIN; INSERT INTO t VALUES (2)").unwrap();
        let other = Connection::open(&path).unwrap();
        copy_all(&other, &copy).unwrap();
        user.execute_batch("COMMIT").unwrap();
        let rows: i64 =
            Connection::open(&copy).unwrap().query_row("SELECT count(*) FROM t", (), |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
        drop(other);
        assert!(take_over(&path).unwrap_err().to_string().contains("in use"));
        drop(user);
        assert!(take_over(&path).unwrap().is_some());
    }
}
