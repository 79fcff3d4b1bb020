//! The log as a file, in batches: however long it is, an instance holds one batch of it.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use baton_core::db::{Database, Row};
use baton_core::{Problem, Result};
use futures::stream::{self, StreamExt};

use crate::filter::Filter;
use crate::model::Format;
use crate::{csv, store};

/// Answers with the entries that pass the filter, up to the place `through`, so that it ends while the log grows.
pub fn respond(format: Format, filter: Filter, through: i64) -> Response {
    let beginning = stream::iter(beginning(format)).map(Ok);
    let export = Export { format, filter, after: 0, through };
    let batches = stream::unfold(Some(export), |export| async move {
        match export?.next().await {
            Ok(Some((text, rest))) => Some((Ok(text), Some(rest))),
            Ok(None) => None,
            Err(problem) => Some((Err(problem), None)),
        }
    });
    let (content_type, disposition) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
        Format::Ndjson => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Body::from_stream(beginning.chain(batches))).into_response()
}

fn beginning(format: Format) -> Option<Bytes> {
    match format {
        Format::Csv => Some(Bytes::from_static(csv::HEADER.as_bytes())),
        Format::Ndjson => None,
    }
}

/// What is still to be written.
struct Export {
    format: Format,
    filter: Filter,
    after: i64,
    through: i64,
}

impl Export {
    /// The next batch as text, and what is left after it; none at the end. A slow reader holds no connection to the
    /// database between two batches.
    async fn next(self) -> Result<Option<(Bytes, Self)>> {
        let rows = self.rows(&Database::open().await?).await?;
        let Some(after) = rows.last().and_then(|row| row.get(0)) else { return Ok(None) };
        let text: String = match self.format {
            Format::Csv => rows.iter().map(csv::line).collect(),
            Format::Ndjson => rows.iter().map(json_line).collect(),
        };
        Ok(Some((Bytes::from(text), Self { after, ..self })))
    }

    async fn rows(&self, database: &Database) -> Result<Vec<Row>, Problem> {
        match self.format {
            Format::Csv => store::columns(database, &self.filter, self.after, self.through).await,
            Format::Ndjson => store::documents(database, &self.filter, self.after, self.through).await,
        }
    }
}

/// SQLite writes a document without line breaks.
fn json_line(row: &Row) -> String {
    format!("{}\n", row.get(1).unwrap_or("null"))
}
