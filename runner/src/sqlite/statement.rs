//! Statements: prepared, run, and their rows.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Batch, Statement};
use tokio::sync::mpsc;

use super::value::{Error, Row, Rows, Value};
use crate::limits::MAX_RESULT_BYTES;

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
        return match statements.next()? {
            Some(mut first) => work(&mut first),
            None => Err(Error::new("there is no statement")),
        };
    }
    work(&mut *sqlite.prepare_cached(text)?)
}

/// The rows of a statement, all of them; an error if they are larger than `limit` bytes.
pub fn all_rows(prepared: &mut Statement<'_>, parameters: &[Value], limit: usize) -> Result<Rows, Error> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let columns = prepared.column_names().map(str::to_owned).collect();
    each_row(prepared, parameters, |row| {
        bytes += size(&row);
        check_size(bytes, limit)?;
        rows.push(row);
        Ok(())
    })?;
    Ok(Rows { columns, rows })
}

/// Sends the rows of a statement on as they come. This blocks while nobody takes them.
pub fn send_rows(prepared: &mut Statement<'_>, parameters: &[Value], rows: &mpsc::Sender<Row>) -> Result<(), Error> {
    each_row(prepared, parameters, |row| {
        check_size(size(&row), MAX_RESULT_BYTES)?;
        rows.blocking_send(row).map_err(|_| Error::new("nobody reads the rows"))
    })
}

fn each_row(
    prepared: &mut Statement<'_>,
    parameters: &[Value],
    mut take: impl FnMut(Row) -> Result<(), Error>,
) -> Result<(), Error> {
    let columns = prepared.column_count();
    let parameters = rusqlite::params_from_iter(parameters.iter().map(to_sql));
    let mut found = prepared.query(parameters)?;
    while let Some(row) = found.next()? {
        take(read_row(row, columns)?)?;
    }
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row, Error> {
    let values = (0..columns).map(|column| from_sql(row.get_ref(column)?)).collect::<Result<_, Error>>()?;
    Ok(Row(values))
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).map_err(Error::new)?),
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
pub fn size(row: &Row) -> usize {
    let payload = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    };
    row.0.iter().map(|value| size_of::<Value>() + payload(value)).sum()
}

/// Errors: more than `limit` bytes.
pub fn check_size(bytes: usize, limit: usize) -> Result<(), Error> {
    if bytes > limit {
        return Err(Error::new(format_args!("query result exceeds limit of {limit} bytes")));
    }
    Ok(())
}
