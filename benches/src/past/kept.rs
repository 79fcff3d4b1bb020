//! Filling a database takes minutes, so the file is kept under `target/` and copied from there.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use baton_tests::repo;
use rusqlite::Connection;

use super::fill;
use super::sizes::Sizes;

/// How old a kept file may be: the past in it must not reach the age at which Baton begins to forget events.
const AGE_MAX: Duration = Duration::from_secs(90 * 3600);

/// Gives a database that Baton has set up, and that nobody has open, a past of this size.
pub fn give(database: &Path, sizes: Sizes) -> Result<()> {
    let kept = kept(database, sizes)?;
    if !is_young(&kept) {
        make(database, &kept, sizes)?;
    }
    fs::copy(&kept, database).with_context(|| format!("{} to {}", kept.display(), database.display()))?;
    Ok(())
}

/// Where a file of this schema and size is kept.
fn kept(database: &Path, sizes: Sizes) -> Result<PathBuf> {
    Ok(directory().join(format!("{}{:016x}.db", prefix(sizes), schema(database)?)))
}

/// What the names of files of this size begin with.
fn prefix(Sizes { sessions, events, audit }: Sizes) -> String {
    format!("{sessions}-{events}-{audit}-")
}

fn directory() -> PathBuf {
    repo().join("target/baton-bench-past")
}

fn is_young(file: &Path) -> bool {
    let age = fs::metadata(file).and_then(|metadata| metadata.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age < AGE_MAX)
}

/// Fills a copy, and keeps it when it is whole.
fn make(database: &Path, kept: &Path, sizes: Sizes) -> Result<()> {
    eprintln!("filling a database, once for this schema: {sizes:?}");
    make_room(&directory(), sizes)?;
    let unfinished = kept.with_extension("unfinished");
    fs::copy(database, &unfinished)?;
    fill::fill(&unfinished, sizes)?;
    fs::rename(&unfinished, kept)?;
    Ok(())
}

/// Removes the files of this size that are kept for other schemas, or too old: they are large.
fn make_room(directory: &Path, sizes: Sizes) -> Result<()> {
    fs::create_dir_all(directory)?;
    for file in fs::read_dir(directory)?.flatten() {
        if file.file_name().to_string_lossy().starts_with(&prefix(sizes)) {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// A hash of the schema's text. What Baton has written ahead is brought into the file by the way.
fn schema(database: &Path) -> Result<u64> {
    let connection = Connection::open(database).with_context(|| database.display().to_string())?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mut statement = connection.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut hasher = DefaultHasher::new();
    for text in texts {
        text?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}
