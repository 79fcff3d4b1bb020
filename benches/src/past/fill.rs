//! Filling a database that Baton has set up.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::Utc;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Transaction};

use super::sizes::Sizes;

/// How many items, and how many users with a workstation each, the past is spread over.
const ITEMS: u32 = 5_000;
const USERS: u32 = 1_000;

/// How long ago the past began and ended, in seconds. All of it lies well within what is kept.
const BEGAN: i64 = 60 * 3600;
const ENDED: i64 = 3600;

const STATEMENTS: &str = include_str!("fill.sql");

/// What is dropped before and made anew afterwards: indexes are built faster at once, and triggers would tell of it all.
const OBSTACLES: &str = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND
    (type = 'trigger' OR (type = 'index' AND tbl_name IN
     ('sessions', 'handoff_requests', 'events', 'deliveries', 'audit'))) ORDER BY rowid";

/// Gives the database in this file a long past. Nobody else may have it open.
///
/// Errors: whatever is in the way; the file is worth nothing then.
pub fn fill(file: &Path, sizes: Sizes) -> Result<()> {
    let mut connection = Connection::open(file).with_context(|| file.display().to_string())?;
    connection.create_scalar_function(
        "uuid",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |call| Ok(uuid(&call.get::<String>(0)?, call.get(1)?)),
    )?;
    // If the machine fails meanwhile, the file is filled again.
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000")?;
    let transaction = connection.transaction()?;
    tell(&transaction, sizes)?;
    transaction.commit()?;
    // As Baton has set it up, and what is in the file now is to be on the disk.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")?;
    Ok(())
}

fn tell(transaction: &Transaction, sizes: Sizes) -> Result<()> {
    let Sizes { sessions, events, audit } = sizes;
    let begin = Utc::now().timestamp() - BEGAN;
    let span = BEGAN - ENDED;
    transaction.execute_batch(&format!(
        "CREATE TEMP TABLE sizes AS SELECT {sessions} AS sessions, {events} AS events, {audit} AS audit,
         {ITEMS} AS items, {USERS} AS users, {begin}.0 AS begin, {span} AS span"
    ))?;
    let obstacles = obstacles(transaction)?;
    for Obstacle { kind, name, .. } in &obstacles {
        transaction.execute_batch(&format!("DROP {kind} {name}"))?;
    }
    for (name, statement) in statements() {
        eprintln!("  {name}");
        transaction.execute_batch(statement).with_context(|| format!("filling: {name}"))?;
    }
    for Obstacle { name, text, .. } in &obstacles {
        transaction.execute_batch(text).with_context(|| format!("restoring {name}"))?;
    }
    Ok(())
}

/// An index or a trigger.
struct Obstacle {
    kind: String,
    name: String,
    text: String,
}

fn obstacles(transaction: &Transaction) -> Result<Vec<Obstacle>> {
    let mut statement = transaction.prepare(OBSTACLES)?;
    let rows =
        statement.query_map([], |row| Ok(Obstacle { kind: row.get(0)?, name: row.get(1)?, text: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The statements of the file with their names.
fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    STATEMENTS.split("\n--- ").skip(1).filter_map(|part| part.split_once('\n'))
}

/// A version 4 UUID that is the same for the same arguments, and else as random as any: indexes on it are as scattered
/// as those of real ones.
fn uuid(kind: &str, number: i64) -> String {
    let seed = kind.bytes().fold(number.cast_unsigned(), |seed, byte| scramble(seed ^ u64::from(byte)));
    let (high, low) = (scramble(seed), scramble(seed.wrapping_add(1)));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// One step of SplitMix64, which maps each number to another one.
fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_repeatable_and_differ() {
        assert_eq!(uuid("item", 1), uuid("item", 1));
        assert_ne!(uuid("item", 1), uuid("item", 2));
        assert_ne!(uuid("item", 1), uuid("session", 1));
        let id = uuid("item", 1);
        assert_eq!((id.len(), &id[14..15], &id[19..20]), (36, "4", "8"));
    }

    #[test]
    fn every_statement_has_its_name() {
        let names: Vec<_> = statements().map(|(name, _)| name).collect();
        assert_eq!(names.first(), Some(&"items"));
        assert!(names.contains(&"deliveries") && names.contains(&"audit"));
    }
}
