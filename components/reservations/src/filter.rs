//! Which reservations to list.

use baton_core::db::Value;
use baton_core::instant::Instant;
use baton_core::text::PartNumber;
use baton_core::{Problem, Result};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which reservations. All of those given have to hold, for one and the same time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterQuery {
    /// Of this part.
    #[param(pattern = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$")]
    part_number: Option<String>,
    /// With a time that ends after this instant, in RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// With a time that begins before this instant, in RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

/// A checked [`FilterQuery`].
#[derive(Debug, Default)]
pub struct Filter {
    /// Who looks (`access::subject`).
    subject: Option<String>,
    /// Whether they are those of one part.
    is_by_part: bool,
    /// Each ends with `AND`.
    conditions: String,
    parameters: Vec<Value>,
}

impl FilterQuery {
    /// Checks the query: 400 for a part number or a time that is none.
    pub fn check(self, subject: Option<String>) -> Result<Filter> {
        let part_number =
            self.part_number.as_deref().map(PartNumber::parse).transpose().map_err(|e| bad("part_number", &e))?;
        let from = self.from.as_deref().map(Instant::parse).transpose().map_err(|detail| bad("from", &detail))?;
        let until = self.until.as_deref().map(Instant::parse).transpose().map_err(|detail| bad("until", &detail))?;
        let mut filter = Filter { subject, is_by_part: part_number.is_some(), ..Filter::default() };
        if let Some(part_number) = &part_number {
            filter.and("i.part_number = ?", part_number.as_str().to_owned());
        }
        if let Some(from) = from {
            filter.and("t.ends_at > ?", from.text());
        }
        if let Some(until) = until {
            filter.and("t.starts_at < ?", until.text());
        }
        Ok(filter)
    }
}

fn bad(name: &str, detail: &str) -> Problem {
    Problem::bad_request("invalid_query", format!("{name} {detail}"))
}

impl Filter {
    fn and(&mut self, condition: &str, value: String) {
        self.conditions.push_str(condition);
        self.conditions.push_str(" AND ");
        self.parameters.push(Value::from(value));
    }

    /// A statement that reads the reservations that pass the filter and aren't over, in order, and its parameters: those after
    /// a place, and at most `limit`.
    pub fn statement(&self, after: i64, limit: i64) -> (String, Vec<Value>) {
        let subject = self.subject.clone().map_or(Value::Null, Value::from);
        let parameters = self.parameters.iter().cloned();
        let parameters = [subject.clone()].into_iter().chain(parameters).chain([subject]);
        let parameters = parameters.chain([after, limit].map(Value::from));
        // By the item where there is one; else by the reservation, as long as the page isn't full.
        let times = if self.is_by_part {
            "r.id IN (SELECT t.reservation_id FROM items i CROSS JOIN reserved_times t ON t.item_id = i.id WHERE"
        } else {
            "EXISTS (SELECT 1 FROM reserved_times t JOIN items i ON i.id = t.item_id WHERE t.reservation_id = r.id AND"
        };
        let conditions = &self.conditions;
        let statement = format!(
            "SELECT document, seq FROM visible_reservations r
             WHERE subject = json_array(?)
               AND {times} {conditions}t.ends_at > (SELECT now FROM clock)
                           AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, i.part_number))))
               AND seq > ? ORDER BY seq LIMIT ?"
        );
        (statement, parameters.collect())
    }
}
