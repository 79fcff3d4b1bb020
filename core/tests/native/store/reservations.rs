//! Reservations, and time that passes.

use baton_core::db::params;
use serde_json::json;
use uuid::Uuid;

use super::answer::Answer;
use super::{Seat, Store};

impl Store {
    /// Reserves items for times that are given in seconds from now.
    pub fn reserve(&self, seat: &Seat, parts: &[&str], times: &[(i64, i64)]) -> Answer {
        self.reserve_after(&self.now(), seat, parts, times)
    }

    /// Reserves items for times that are given in seconds after a moment: of two that are to touch, both need the same
    /// one.
    pub fn reserve_after(&self, moment: &str, seat: &Seat, parts: &[&str], times: &[(i64, i64)]) -> Answer {
        let (id, fresh) = (Uuid::new_v4().to_string(), || Uuid::new_v4().to_string());
        let parts: Vec<_> = parts.iter().map(|part| json!([part, fresh()])).collect();
        let later = |seconds: i64| self.later(moment, seconds);
        let times: Vec<_> =
            times.iter().map(|(from, until)| json!([later(*from), later(*until), until - from])).collect();
        let (user, workstation, cause) = (seat.user.as_str(), seat.id.as_str(), self.cause(&seat.user).json);
        let (parts, times) = (json!(parts).to_string(), json!(times).to_string());
        let none = None::<String>;
        let parameters = params![id.as_str(), user, workstation, parts, times, none.clone(), none, cause];
        self.command("do_reserve", parameters, |state| {
            let state = state.expect("reserving has an outcome in any case");
            match state["in_the_way"].as_array().map_or(0, Vec::len) {
                0 if state["reservation"]["id"] == id => Answer::Made(id.clone()),
                0 => Answer::Refused(403),
                _ => Answer::Reserved,
            }
        })
    }

    /// Withdraws a reservation.
    pub fn withdraw(&self, user: &str, id: &str) -> Answer {
        let cause = self.cause(user).json;
        let parameters = params![id, user, 0, cause];
        self.command("do_withdraw_reservation", parameters, |state| match state {
            Some(serde_json::Value::Bool(true)) => Answer::Done,
            _ => Answer::Refused(403),
        })
    }

    /// Lets so many seconds pass for reservations and sessions: what was to be then, is now.
    pub fn let_pass(&self, seconds: i64) {
        let earlier =
            |column: &str| format!("{column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '-{seconds} seconds')");
        let [starts, ends, due, expires] = ["starts_at", "ends_at", "due_at", "expires_at"].map(earlier);
        let passed = [
            format!("UPDATE reserved_times SET {starts}, {ends}, {due}"),
            format!("UPDATE reservations SET {starts}, {ends}"),
            format!("UPDATE sessions SET {expires} WHERE ended_at IS NULL"),
        ];
        for statement in passed {
            self.raw().execute(&statement, []).expect("times can be rewritten");
        }
    }

    /// The time that the database's clock shows.
    pub fn now(&self) -> String {
        self.value("SELECT now FROM clock")
    }

    fn later(&self, moment: &str, seconds: i64) -> String {
        self.value(&format!("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', '{moment}', '{seconds:+} seconds')"))
    }
}
