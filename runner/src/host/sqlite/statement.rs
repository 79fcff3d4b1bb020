//! Statements: prepared, run, and their rows in Spin's terms.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Batch, Statement};
use tokio::sync::mpsc;

use super::{Error, QueryResult, RowResult, Value};
use crate::host::MAX_RESULT_BYTES;

/// Whether a statement begins with this keyword.
pub fn begins_with(statement: &str, keyword: &str) -> bool {
    let beginning = statement.trim_start().get(..keyword.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(keyword))
}

/// Prepares the first statement of a text and does something with it; others are passed over, as in Spin.
pub fn with_prepared<R>(
    sqlite: &rusqlite::Connection,
    text: &str,
    work: impl FnOnce(&mut Statement<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    if text.trim_end_matches([';', ' ', '\n']).contains(';') {
        let mut statements = Batch::new(sqlite, text);
        return match statements.next().map_err(sql_error)? {
            Some(mut first) => work(&mut first),
            None => Err(Error::Io("there is no statement".to_owned())),
        };
    }
    work(&mut *sqlite.prepare_cached(text).map_err(sql_error)?)
}

/// The rows of a statement, all of them; an error if they are larger than `limit` bytes.
pub fn all_rows(prepared: &mut Statement<'_>, parameters: &[Value], limit: usize) -> Result<QueryResult, Error> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let columns = prepared.column_names().map(str::to_owned).collect();
    each_row(prepared, parameters, |row| {
        bytes += size(&row);
        check_size(bytes, limit)?;
        rows.push(row);
        Ok(())
    })?;
    Ok(QueryResult { columns, rows })
}

/// Sends the rows of a statement on as they come. This blocks while nobody takes them.
pub fn send_rows(
    prepared: &mut Statement<'_>,
    parameters: &[Value],
    rows: &mpsc::Sender<RowResult>,
) -> Result<(), Error> {
    each_row(prepared, parameters, |row| {
        check_size(size(&row), MAX_RESULT_BYTES)?;
        rows.blocking_send(row).map_err(|_| Error::Io("nobody reads the rows".to_owned()))
    })
}

fn each_row(
    prepared: &mut Statement<'_>,
    parameters: &[Value],
    mut take: impl FnMut(RowResult) -> Result<(), Error>,
) -> Result<(), Error> {
    let columns = prepared.column_count();
    let parameters = rusqlite::params_from_iter(parameters.iter().map(to_sql));
    let mut found = prepared.query(parameters).map_err(sql_error)?;
    while let Some(row) = found.next().map_err(sql_error)? {
        take(read_row(row, columns)?)?;
    }
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>, columns: usize) -> Result<RowResult, Error> {
    let values =
        (0..columns).map(|column| from_sql(row.get_ref(column).map_err(sql_error)?)).collect::<Result<_, Error>>()?;
    Ok(RowResult { values })
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => {
            Value::Text(String::from_utf8(text.to_vec()).map_err(|error| Error::Io(error.to_string()))?)
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn to_sql(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Real(number) => ValueRef::Real(*number),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

/// How much memory a row takes, in bytes.
pub fn size(row: &RowResult) -> usize {
    let payload = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    };
    row.values.iter().map(|value| size_of::<Value>() + payload(value)).sum()
}

/// Errors: more than `limit` bytes.
pub fn check_size(bytes: usize, limit: usize) -> Result<(), Error> {
    if bytes > limit {
        return Err(Error::Io(format!("query result exceeds limit of {limit} bytes")));
    }
    Ok(())
}

/// What SQLite says, in Spin's terms.
pub fn sql_error(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}
