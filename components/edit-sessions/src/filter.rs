//! Which sessions to list: the filters of the query, and the condition that they become.

use baton_core::access::visible;
use baton_core::auth::name;
use baton_core::db::{Value, params};
use baton_core::pattern::Pattern;
use baton_core::repository::RepositoryName;
use baton_core::{Problem, Result, config};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which sessions. All of those given have to hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterQuery {
    /// Everybody's. Without this, one's own if no filter is given, and everybody's with one.
    all: Option<bool>,
    /// Of this user.
    user: Option<String>,
    /// On this item; or on all whose part number begins so, if it ends in `*`.
    #[param(pattern = r"^([A-Za-z0-9][A-Za-z0-9._~-]{0,127}|([A-Za-z0-9][A-Za-z0-9._~-]{0,127})?\*)$")]
    part_number: Option<String>,
    /// On what lies in this repository.
    #[param(pattern = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$")]
    repository: Option<String>,
    /// Granted this many seconds ago at least.
    #[param(minimum = 0, maximum = 4294967295_i64)]
    older_than_seconds: Option<u32>,
    /// Without their holder's doing for this many seconds at least (`active_at`).
    #[param(minimum = 0, maximum = 4294967295_i64)]
    idle_for_seconds: Option<u32>,
    /// Whether they are stale: without their holder's doing for as long as `session_stale_hours` says.
    stale: Option<bool>,
}

/// A checked [`FilterQuery`].
#[derive(Debug, Default)]
pub struct Filter {
    /// Ends with `AND` if there is any condition.
    condition: String,
    parameters: Vec<Value>,
    /// What is hidden from this one is passed over.
    viewer: Option<String>,
}

impl FilterQuery {
    /// Checks the query: 400 for a part number or a repository that is none. The caller's own sessions are meant unless it says otherwise;
    /// `viewer` is whose eyes the list is for (`access::subject`).
    pub async fn check(self, caller: &str, viewer: Option<String>) -> Result<Filter> {
        let user = match &self.user {
            Some(name) => Some(name::known(name).await?),
            None => None,
        };
        let stale_seconds = match self.stale {
            Some(_) => config::session_stale_seconds().await?,
            None => 0.0,
        };
        let pattern = self.part_number.as_deref().map(Pattern::parse).transpose();
        let pattern =
            pattern.map_err(|detail| Problem::bad_request("invalid_query", format!("part_number {detail}")))?;
        let repository = self.repository.as_deref().map(RepositoryName::parse).transpose();
        let repository =
            repository.map_err(|detail| Problem::bad_request("invalid_query", format!("repository {detail}")))?;
        let mut filter = Filter { viewer, ..Filter::default() };
        // What most likely leaves the fewest rows comes first, and it alone may use an index (`+` keeps SQLite from the
        // others'): an item's sessions, those in a repository, those of a user, or else the active ones in order. The items that a beginning fits
        // may be many more than those.
        let is_one = matches!(pattern, Some(Pattern::One(_)));
        match pattern {
            Some(Pattern::One(part_number)) => filter.and("part_number = ?", [part_number.as_str()]),
            Some(Pattern::Beginning(beginning)) => {
                filter.and("+part_number >= ? AND +part_number < ?", [&beginning, &Pattern::end(&beginning)]);
            }
            None => {}
        }
        if let Some(repository) = &repository {
            filter.and(if is_one { "+repository = ?" } else { "repository = ?" }, [repository.as_str()]);
        }
        if !self.is_everybodys() {
            filter.and("user = ?", [caller]);
        }
        if let Some(user) = user {
            let is_alone = filter.parameters.is_empty();
            filter.and(if is_alone { "user = ?" } else { "+user = ?" }, [&user]);
        }
        for (column, seconds) in [("acquired_at", self.older_than_seconds), ("active_at", self.idle_for_seconds)] {
            if let Some(seconds) = seconds {
                filter.and(&format!("{column} <= {AGO}"), [&format!("-{seconds} seconds")]);
            }
        }
        if let Some(stale) = self.stale {
            let comparison = if stale { "<=" } else { ">" };
            filter.and(&format!("active_at {comparison} {AGO}"), [&format!("-{stale_seconds:.3} seconds")]);
        }
        Ok(filter)
    }

    fn is_everybodys(&self) -> bool {
        let Self { all, user, part_number, repository, older_than_seconds, idle_for_seconds, stale } = self;
        let has_times = older_than_seconds.or(*idle_for_seconds).is_some() || stale.is_some();
        all.unwrap_or(user.is_some() || part_number.is_some() || repository.is_some() || has_times)
    }
}

/// The instant that lies as far back as a parameter says.
const AGO: &str = "(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?))";

impl Filter {
    fn and<const N: usize>(&mut self, condition: &str, values: [&str; N]) {
        self.condition.push_str(condition);
        self.condition.push_str(" AND ");
        self.parameters.extend(values.map(|value| Value::from(value.to_owned())));
    }

    /// A statement that reads the sessions that pass the filter, in order, and its parameters: those after a place, and at
    /// most `limit`.
    pub fn statement(&self, after: i64, limit: i64) -> (String, Vec<Value>) {
        let parameters = self.parameters.iter().cloned().chain(params![after, self.viewer.clone(), limit]);
        let condition = &self.condition;
        let statement = format!(
            "SELECT document, seq FROM active_sessions WHERE {condition}seq > ? AND {} ORDER BY seq LIMIT ?",
            visible("?", "part_number")
        );
        (statement, parameters.collect())
    }
}

#[cfg(test)]
mod tests {
    use baton_core::db::{Database, use_file};
    use futures::executor::block_on;
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    /// What SQLite does to read the sessions that pass a filter.
    fn plan(query: serde_json::Value) -> String {
        let (_directory, file) = database();
        let query: FilterQuery = serde_json::from_value(query).expect("a query");
        let (statement, _) = block_on(query.check("anna", None)).expect("it holds").statement(0, 10);
        let raw = rusqlite::Connection::open(file).expect("the file can be opened");
        let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect("a statement");
        let parameters = vec![rusqlite::types::Value::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
        steps.expect("a plan").collect::<rusqlite::Result<Vec<_>>>().expect("its steps").join("; ")
    }

    fn database() -> (TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("test.db");
        use_file(file.clone());
        block_on(Database::open()).expect("the schema stands");
        (directory, file)
    }

    #[test]
    fn ones_own_are_found_by_their_index_and_in_order() {
        for query in [json!({}), json!({ "user": "ben" }), json!({ "user": "ben", "idle_for_seconds": 60 })] {
            let plan = plan(query);
            assert!(plan.starts_with("SEARCH s USING INDEX sessions_by_user (user=? AND rowid>?)"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn what_is_over_is_never_read() {
        for query in [json!({ "all": true }), json!({ "stale": true }), json!({ "part_number": "F01-*" })] {
            let plan = plan(query);
            assert!(plan.starts_with("SEARCH s USING INDEX sessions_active (seq>?)"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn those_in_a_repository_are_found_by_it_and_in_order() {
        for query in [json!({ "repository": "cad" }), json!({ "repository": "cad", "part_number": "cad~*" })] {
            let plan = plan(query);
            assert!(
                plan.starts_with("SEARCH s USING INDEX sessions_by_repository (repository=? AND rowid>?)"),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn those_on_an_item_are_found_by_it() {
        for query in [json!({ "part_number": "F01-0001" }), json!({ "part_number": "F01-0001", "user": "ben" })] {
            let plan = plan(query);
            assert!(plan.starts_with("SEARCH i USING INDEX sqlite_autoindex_items_2 (part_number=?)"), "{plan}");
            assert!(plan.contains("SEARCH s USING INDEX sessions_one_holder (item_id=?)"), "{plan}");
        }
    }

    #[test]
    fn any_filter_means_everybodys_unless_it_is_said_otherwise() {
        let conditions = |query: serde_json::Value| {
            let _database = database();
            let query: FilterQuery = serde_json::from_value(query).expect("a query");
            block_on(query.check("anna", None)).expect("it holds").condition
        };
        assert_eq!(conditions(json!({})), "user = ? AND ");
        assert_eq!(conditions(json!({ "all": true })), "");
        assert_eq!(conditions(json!({ "user": "ben" })), "user = ? AND ");
        assert_eq!(conditions(json!({ "all": false, "user": "ben" })), "user = ? AND +user = ? AND ");
        assert_eq!(conditions(json!({ "stale": false })), format!("active_at > {AGO} AND "));
    }
}
