//! Sealing of the audit log: the hash of a row covers the row and the hash of the row before it (docs/audit.md).
//!
//! SQLite can't hash, so a row is sealed soon after the statement that wrote it, and not by it. What a row's hash is
//! depends on nothing but the rows up to it: whoever seals, and however many at once, they all write the same.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::db::{Database, Row, Value, params};
use crate::{Problem, Result, log};

/// How many rows are sealed by one statement, or read by one, at most.
pub const BATCH: i64 = 500;

/// What stands in the place of the hash before the first row.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The columns that a row's hash covers, in their order.
pub const COLUMNS: &str = "seq, time, actor, action, resource_type, resource_id, part_number, details, request_id, ip";

/// How many [`COLUMNS`] there are.
pub const COLUMN_COUNT: usize = 10;

/// A row's place and its hash.
type Seal = (i64, String);

/// The hash of a row, as lower-case hexadecimal digits: SHA-256 over a JSON array of the hash before it and of the
/// row's columns, without blanks. The row's result begins with [`COLUMNS`].
pub fn hash(before: &str, row: &Row) -> String {
    let mut members = vec![Json::from(before)];
    members.extend((0..COLUMN_COUNT).map(|column| member(row.get(column))));
    let digest = Sha256::digest(Json::from(members).to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn member(value: Option<&Value>) -> Json {
    match value {
        Some(Value::Text(text)) => Json::from(text.as_str()),
        Some(Value::Integer(number)) => Json::from(*number),
        Some(Value::Null) | None => Json::Null,
        // Nothing that the schema writes; told apart from what it does write, so that forging it shows.
        Some(other) => json!({ "other": format!("{other:?}") }),
    }
}

/// Seals what isn't sealed yet. The hash of the newest row goes to the log, where nobody who rewrites the database
/// reaches it.
pub async fn seal(database: &Database) -> Result<()> {
    let mut newest = None;
    loop {
        let seals = unsealed(database, newest.as_ref()).await?;
        write(database, &seals).await?;
        let is_full = i64::try_from(seals.len()).is_ok_and(|count| count >= BATCH);
        newest = seals.into_iter().next_back().or(newest);
        if !is_full {
            break;
        }
    }
    if let Some((seq, hash)) = newest {
        log::line(format_args!("audit log sealed through={seq} hash={hash}"));
    }
    Ok(())
}

/// The seals of the next unsealed rows. Where no row is before the first of them, what has been forgotten was. Rows at or before `newest`, which this caller has sealed, are passed over: a
/// database that doesn't keep what is written would otherwise hold it up for ever.
async fn unsealed(database: &Database, newest: Option<&Seal>) -> Result<Vec<Seal>> {
    let statement = format!(
        "SELECT {COLUMNS}, (SELECT before.hash FROM audit before WHERE before.seq < audit.seq
                            ORDER BY before.seq DESC LIMIT 1), (SELECT hash FROM audit_anchor)
         FROM audit WHERE hash IS NULL AND seq > ? ORDER BY seq LIMIT ?"
    );
    let after = newest.map_or(0, |(seq, _)| *seq);
    let rows = database.rows(&statement, params![after, BATCH]).await?;
    let anchor = rows.first().and_then(|row| row.get(COLUMN_COUNT + 1)).unwrap_or(BEGINNING);
    let mut last = newest.map_or(anchor, |(_, hash)| hash).to_owned();
    let mut seals = Vec::with_capacity(rows.len());
    for row in &rows {
        // The row before this one has no hash yet if it is unsealed too: then it was the last one here.
        last = hash(row.get(COLUMN_COUNT).unwrap_or(&last), row);
        let seq = row.get(0).ok_or_else(|| Problem::unavailable("an audit row without a place"))?;
        seals.push((seq, last.clone()));
    }
    Ok(seals)
}

async fn write(database: &Database, seals: &[Seal]) -> Result<()> {
    if seals.is_empty() {
        return Ok(());
    }
    let seals = serde_json::to_string(seals).map_err(Problem::unavailable)?;
    let statement = "UPDATE audit SET hash = sealed.value ->> 1 FROM json_each(?) AS sealed
                     WHERE audit.seq = sealed.value ->> 0 AND audit.hash IS NULL";
    database.rows(statement, params![seals]).await.map(drop)
}
