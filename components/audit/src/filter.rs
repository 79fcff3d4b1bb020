//! Which entries: the filters of the query, and the condition that they become.

use baton_core::auth::name;
use baton_core::db::Value;
use baton_core::instant::Instant;
use baton_core::{Problem, Result};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which entries. All of those given have to hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterQuery {
    /// What happened, such as `edit.handoff_requested`.
    action: Option<String>,
    /// Who did it.
    actor: Option<String>,
    /// To what kind of thing, such as `edit_session`.
    resource_type: Option<String>,
    /// To which one.
    resource_id: Option<String>,
    /// On which item.
    part_number: Option<String>,
    /// From this instant on, in RFC 3339, to the millisecond.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Up to this instant, which is included, in RFC 3339, to the millisecond.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

/// A checked [`FilterQuery`].
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Ends with `AND` if there is any condition.
    condition: String,
    parameters: Vec<Value>,
    since: Option<String>,
    until: Option<String>,
}

/// No sealed entry up to this one is as late as a time. The first entry in the order of the times is also the first in the log, unless
/// the clock was set back from that time or a later one; then it may be any.
const BEFORE: &str = "iif(EXISTS (SELECT 1 FROM clock_steps WHERE high >= ?), 0,
    coalesce((SELECT seq - 1 FROM audit WHERE time >= ? AND hash IS NOT NULL ORDER BY time, seq LIMIT 1),
             9223372036854775807))";

/// No sealed entry after this one is as early as a time: the same the other way round.
const THROUGH: &str = "iif(EXISTS (SELECT 1 FROM clock_steps WHERE low <= ?), 9223372036854775807,
    coalesce((SELECT seq FROM audit WHERE time <= ? AND hash IS NOT NULL ORDER BY time DESC, seq DESC LIMIT 1), 0))";

impl FilterQuery {
    /// The same, with the spelling of the actor's name that the log knows.
    pub async fn with_known_actor(self) -> Result<Self> {
        match self.actor {
            Some(name) => Ok(Self { actor: Some(name::known(&name).await?), ..self }),
            None => Ok(self),
        }
    }

    /// Checks the query: 400 for a time that is none.
    pub fn check(self) -> Result<Filter> {
        let since = self.since.map(|text| instant("since", &text)).transpose()?;
        let until = self.until.map(|text| instant("until", &text)).transpose()?;
        // Only the filters that are given: `? IS NULL OR …` would keep SQLite from using its indexes. Those that most
        // likely leave the fewest rows come first, and the first one given leads: it alone may use an index (`+` keeps
        // SQLite from the others', as it can't know which is best).
        let indexed = [
            ("part_number", self.part_number),
            ("resource_id", self.resource_id),
            ("actor", self.actor),
            ("action", self.action),
            ("resource_type", self.resource_type),
        ];
        let mut filter = Filter::default();
        for (column, value) in indexed.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            let sign = if filter.parameters.is_empty() { "" } else { "+" };
            filter.and(&format!("{sign}{column} = ?"), value);
        }
        // Not by the index of the times, whose order is not the log's; `BEFORE` and `THROUGH` make use of that one.
        for (comparison, value) in [("+time >= ?", &since), ("+time <= ?", &until)] {
            if let Some(value) = value {
                filter.and(comparison, value.clone());
            }
        }
        Ok(Filter { since, until, ..filter })
    }
}

impl Filter {
    fn and(&mut self, condition: &str, value: String) {
        self.condition.push_str(condition);
        self.condition.push_str(" AND ");
        self.parameters.push(Value::from(value));
    }

    /// A statement that reads `columns` of the sealed entries that pass the filter, in order, and its parameters: those after
    /// `after`, not after `through`, and at most `limit`. Those that aren't sealed have no indexes, and are the newest ones.
    pub fn statement(&self, columns: &str, after: i64, through: i64, limit: i64) -> (String, Vec<Value>) {
        let mut parameters = self.parameters.clone();
        let mut bound = |place: i64, of_time: &str, function: &str, time: &Option<String>| {
            parameters.push(Value::from(place));
            match time {
                Some(time) => {
                    parameters.extend([Value::from(time.clone()), Value::from(time.clone())]);
                    format!("{function}(?, {of_time})")
                }
                None => "?".to_owned(),
            }
        };
        let after = bound(after, BEFORE, "max", &self.since);
        let through = bound(through, THROUGH, "min", &self.until);
        parameters.push(Value::from(limit));
        let condition = &self.condition;
        let statement = format!(
            "SELECT {columns} FROM audit
             WHERE {condition}hash IS NOT NULL AND seq > {after} AND seq <= {through} ORDER BY seq LIMIT ?"
        );
        (statement, parameters)
    }
}

/// An instant as the table writes it, so that comparing the texts compares the instants: 400 for a time that is none.
pub fn instant(name: &str, text: &str) -> Result<String> {
    Instant::parse(text)
        .map(Instant::text)
        .map_err(|detail| Problem::bad_request("invalid_query", format!("{name} {detail}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_as_the_table_writes_them() {
        assert_eq!(instant("since", "2026-11-21T01:02:03.5+02:30").unwrap(), "2026-11-20T22:32:03.500Z");
        assert_eq!(instant("until", "yesterday").unwrap_err().code(), "invalid_query");
    }

    #[test]
    fn only_what_is_given_becomes_a_condition() {
        let statement = |query: FilterQuery| query.check().unwrap().statement("seq", 0, 9, 10);
        let (text, parameters) = statement(FilterQuery::default());
        assert!(text.ends_with("WHERE hash IS NOT NULL AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"), "{text}");
        assert_eq!(parameters.len(), 3);
        let query = FilterQuery {
            actor: Some("' OR 1=1 --".to_owned()),
            until: Some("2026-11-21T01:02:03Z".to_owned()),
            ..FilterQuery::default()
        };
        let (text, parameters) = statement(query);
        let expected = format!(
            "WHERE actor = ? AND +time <= ? AND hash IS NOT NULL AND seq > ? AND seq <= min(?, {THROUGH}) ORDER BY seq LIMIT ?"
        );
        assert!(text.ends_with(&expected), "{text}");
        assert_eq!(parameters.len(), 7);
    }
}
