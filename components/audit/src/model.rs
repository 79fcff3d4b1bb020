//! What goes in and out.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::filter::instant;

/// One change of state.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// The entry's place in the log, from 1 on and without gaps.
    #[schema(example = "1")]
    pub id: String,
    /// When it happened.
    #[schema(format = DateTime)]
    pub time: String,
    /// Who did it: a user, or `system` for what happens by itself.
    pub actor: String,
    /// What happened.
    #[schema(example = "edit.handoff_requested")]
    pub action: String,
    /// To what kind of thing.
    #[schema(example = "edit_session")]
    pub resource_type: String,
    /// To which one.
    pub resource_id: String,
    /// The part number of the item that it belongs to; null if there is none.
    #[schema(example = "F01-0001")]
    pub part_number: Option<String>,
    /// What the action says of it.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
    /// The `X-Request-Id` of the request that did it; an id of its own for what happens by itself.
    pub request_id: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// SHA-256 over this entry and the hash of the one before it; null for the moment until it is sealed.
    pub hash: Option<String>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entries {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// The id in a path. What is no number is no entry's id: 404.
#[derive(Clone, Copy, Debug)]
pub struct EntryId(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for EntryId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let segments = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::bad_request("invalid_path", "the path can't be read"))?;
        let text = segments.iter().next().map_or("", |(_, value)| value);
        match text.parse::<i64>() {
            // One entry has one id: neither `+1` nor `01`.
            Ok(id) if id.to_string() == text => Ok(Self(id)),
            _ => Err(unknown_entry()),
        }
    }
}

/// 404 for an id that no entry has.
pub fn unknown_entry() -> Problem {
    Problem::not_found("the audit log has no such entry")
}

/// How the log is written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values (RFC 4180), safe to open in a spreadsheet.
    Csv,
    /// One JSON document a line.
    Ndjson,
}

/// The query of an export, besides the filters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// How the file is written.
    #[param(inline)]
    pub format: Format,
}

/// An entry and its hash, to be noted outside of the database.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Head {
    /// The entry's id.
    pub id: String,
    /// Its hash, which covers the whole log up to it.
    pub hash: String,
}

/// Whether the log is as it was written.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Verdict {
    /// It is.
    Whole {
        /// True.
        valid: bool,
        /// How many entries there are.
        rows: i64,
        /// The newest one; null as long as there is none.
        head: Option<Head>,
        /// The entry before the oldest one, if it and what was before it have been forgotten; absent if nothing has.
        #[serde(skip_serializing_if = "Option::is_none")]
        anchor: Option<Head>,
    },
    /// It isn't.
    Broken {
        /// False.
        valid: bool,
        /// The first entry that is altered, missing or has no place here.
        broken_at: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// By what changes are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// What happened.
    #[default]
    Action,
    /// Who did it.
    Actor,
    /// On which item. What belongs to none isn't counted.
    PartNumber,
    /// The day, in UTC.
    Day,
}

/// Which changes are counted, and by what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// From this instant on, in RFC 3339, to the millisecond.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Before this instant, in RFC 3339, to the millisecond.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// `action` if absent.
    #[param(inline)]
    pub by: Option<By>,
}

/// From when (included) to when (excluded), as the table writes times.
#[derive(Clone, Debug)]
pub struct Span {
    /// Included.
    pub since: Option<String>,
    /// Excluded.
    pub until: Option<String>,
}

impl StatisticsQuery {
    /// Checks the times: 400 for one that is none.
    pub fn span(&self) -> Result<Span> {
        let since = self.since.as_deref().map(|text| instant("since", text)).transpose()?;
        let until = self.until.as_deref().map(|text| instant("until", text)).transpose()?;
        Ok(Span { since, until })
    }
}

/// How many changes there were.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Statistic {
    /// An action, a user, a part number or a day (`2026-11-21`).
    #[schema(example = "edit.session_acquired")]
    pub key: String,
    /// How many.
    #[schema(minimum = 1)]
    pub count: i64,
}

/// Changes, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statistics {
    /// The largest count first, days in their order.
    pub statistics: Vec<Statistic>,
}
