//! Lists that come in pages (contract, "Rules for every route"): `limit` and `after`, the `cursor` of the page before.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::db::{Database, Value};
use crate::{Problem, Result};

/// The largest page, and the one that is given without a `limit`.
const LIMIT_MAX: i64 = 1_000;
const LIMIT_DEFAULT: i64 = 100;

/// The query of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many at most: 1 to 1,000, 100 if absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// The `cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// A checked [`PageQuery`].
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many at most.
    pub limit: i64,
    /// The place after which the page begins; none for the beginning (or, with events, for the end).
    pub after: Option<i64>,
}

impl PageQuery {
    /// Checks the query: 400 for a limit out of bounds and for a cursor that is none.
    pub fn check(&self) -> Result<Page> {
        let limit = self.limit.as_deref().map_or(Ok(LIMIT_DEFAULT), limit)?;
        let after = self.after.as_deref().map(cursor).transpose()?;
        Ok(Page { limit, after })
    }
}

fn limit(text: &str) -> Result<i64> {
    match text.parse() {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err(Problem::bad_request("invalid_query", format!("limit must be a number from 1 to {LIMIT_MAX}"))),
    }
}

/// Reads a cursor; it is opaque to clients.
pub fn cursor(text: &str) -> Result<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(cursor) if digits => Ok(cursor),
        _ => Err(invalid_cursor()),
    }
}

/// 400 for a cursor that was never given out.
pub fn invalid_cursor() -> Problem {
    Problem::bad_request("invalid_cursor", "after is not a cursor that this service gave out")
}

/// One page of documents, and the cursor of the next one.
pub type Paged<T> = (Vec<T>, Option<String>);

impl Page {
    /// Reads one page with a statement whose columns are a document and its place, and whose last two parameters are
    /// the place after which it begins and how many rows it may give.
    pub async fn read<T: DeserializeOwned>(
        self,
        database: &Database,
        statement: &str,
        mut parameters: Vec<Value>,
    ) -> Result<Paged<T>> {
        self.read_with(database, |after, limit| {
            parameters.extend([after, limit].map(Value::from));
            (statement.to_owned(), parameters)
        })
        .await
    }

    /// The same with a statement, and its parameters, that is made for the place after which the page begins and for how
    /// many rows it may give.
    pub async fn read_with<T: DeserializeOwned>(
        self,
        database: &Database,
        make: impl FnOnce(i64, i64) -> (String, Vec<Value>),
    ) -> Result<Paged<T>> {
        // One row more than asked for tells whether there is another page.
        let (statement, parameters) = make(self.after.unwrap_or(0), self.limit + 1);
        let mut rows = database.rows(&statement, parameters).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let cursor = rows.last().filter(|_| more).and_then(|row| row.get::<i64>(1)).map(|place| place.to_string());
        let documents = rows.iter().filter_map(|row| row.json(0).transpose()).collect::<Result<_>>()?;
        Ok((documents, cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_digits() {
        assert_eq!(cursor("0012").unwrap(), 12);
        for bad in ["", "x", "-1", "+1", "1.5", " 1", "99999999999999999999"] {
            assert_eq!(cursor(bad).unwrap_err().code(), "invalid_cursor", "{bad}");
        }
    }

    #[test]
    fn limits() {
        for bad in ["0", "1001", "x", ""] {
            assert_eq!(limit(bad).unwrap_err().code(), "invalid_query", "{bad}");
        }
        assert_eq!(limit("1000").unwrap(), 1000);
    }
}
