//! The SQL.

use baton_core::db::{Database, Row, Value, params};
use baton_core::page::{Page, Paged};
use baton_core::seal;
use baton_core::{Problem, Result};

use crate::filter::Filter;
use crate::model::{By, Entry, Span, Statistic};

/// An entry as a JSON document. Details that somebody has altered into something that isn't JSON are shown as text:
/// they must not keep the rest of the log from being read.
const DOCUMENT: &str = "json_object('id', CAST(seq AS TEXT), 'time', time, 'actor', actor, 'action', action,
    'resource_type', resource_type, 'resource_id', resource_id, 'part_number', part_number,
    'details', json(iif(json_valid(details), details, json_quote(details))), 'request_id', request_id, 'ip', ip,
    'hash', hash)";

/// How far the log goes: by the rows that are there, and by the count that SQLite keeps beside them.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The newest row; 0 if there is none.
    pub newest: i64,
    /// How many rows have ever been written.
    pub counted: i64,
}

/// One page of the entries that pass a filter.
pub async fn page(database: &Database, filter: &Filter, page: Page) -> Result<Paged<Entry>> {
    let columns = format!("{DOCUMENT}, seq");
    page.read_with(database, |after, limit| filter.statement(&columns, after, i64::MAX, limit)).await
}

/// One entry.
pub async fn entry(database: &Database, id: i64) -> Result<Option<Entry>> {
    database.document(&format!("SELECT {DOCUMENT} FROM audit WHERE seq = ?"), params![id]).await
}

/// How many different keys are told at most.
const STATISTICS_MAX: i64 = 1_000;

/// Changes of a span, counted, as far as they are sealed.
pub async fn statistics(database: &Database, by: By, span: Span) -> Result<Vec<Statistic>> {
    let (key, order) = match by {
        By::Action => ("action", "counted DESC, key"),
        By::Actor => ("actor", "counted DESC, key"),
        By::PartNumber => ("part_number", "counted DESC, key"),
        By::Day => ("substr(time, 1, 10)", "key"),
    };
    // Without a bound the index of what is counted by is all that is read; with one, only what lies within it.
    let mut conditions = vec![format!("{key} IS NOT NULL AND hash IS NOT NULL")];
    let mut parameters = Vec::new();
    for (comparison, bound) in [("time >= ?", span.since), ("time < ?", span.until)] {
        if let Some(bound) = bound {
            conditions.push(comparison.to_owned());
            parameters.push(Value::from(bound));
        }
    }
    let statement = format!(
        "SELECT json_object('key', key, 'count', counted)
         FROM (SELECT {key} AS key, count(*) AS counted FROM audit WHERE {} GROUP BY key ORDER BY {order} LIMIT ?)",
        conditions.join(" AND ")
    );
    parameters.push(Value::from(STATISTICS_MAX));
    let rows = database.rows(&statement, parameters).await?;
    rows.iter().filter_map(|row| row.json(0).transpose()).collect()
}

/// Where the log begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The entry before its first one: the last that has been forgotten, or 0.
    pub seq: i64,
    /// The hash of that entry.
    pub hash: String,
    /// Whether the log tells of it: as nothing has been forgotten, or as its newest entry on that says the same.
    pub is_recorded: bool,
}

/// Where the log begins.
pub async fn anchor(database: &Database) -> Result<Anchor> {
    let statement = "SELECT n.seq, n.hash,
        CASE WHEN n.seq = 0 THEN n.hash = ?
             ELSE (SELECT a.details ->> '$.through' = CAST(n.seq AS TEXT) AND a.details ->> '$.hash' = n.hash
                   FROM audit a
                   WHERE a.seq = coalesce(
                       (SELECT max(seq) FROM audit WHERE hash IS NULL AND +action = 'audit.forgotten'),
                       (SELECT max(seq) FROM audit WHERE hash IS NOT NULL AND action = 'audit.forgotten'))) END
        FROM audit_anchor n";
    let row = database.row(statement, params![seal::BEGINNING]).await?;
    let row = row.ok_or_else(|| Problem::unavailable("the audit log has no beginning"))?;
    let hash = row.get::<&str>(1).unwrap_or_default().to_owned();
    Ok(Anchor { seq: row.get(0).unwrap_or(0), hash, is_recorded: row.get(2).unwrap_or(false) })
}

/// How far the log goes.
pub async fn extent(database: &Database) -> Result<Extent> {
    let statement = "SELECT coalesce((SELECT max(seq) FROM audit), 0),
                            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)";
    let row = database.row(statement, params![]).await?;
    let number = |column| row.as_ref().and_then(|row| row.get(column)).unwrap_or(0);
    Ok(Extent { newest: number(0), counted: number(1) })
}

/// The rows of an export from after `after` to `through`, at most [`seal::BATCH`]: place and document.
pub async fn documents(database: &Database, filter: &Filter, after: i64, through: i64) -> Result<Vec<Row>> {
    batch(database, filter, &format!("seq, {DOCUMENT}"), after, through).await
}

/// The rows of an export from after `after` to `through`, at most [`seal::BATCH`]: all columns.
pub async fn columns(database: &Database, filter: &Filter, after: i64, through: i64) -> Result<Vec<Row>> {
    batch(database, filter, &format!("{}, hash", seal::COLUMNS), after, through).await
}

async fn batch(database: &Database, filter: &Filter, columns: &str, after: i64, through: i64) -> Result<Vec<Row>> {
    let (statement, parameters) = filter.statement(columns, after, through, seal::BATCH);
    database.rows(&statement, parameters).await
}
