//! Who reserves what, and when.

use baton_tests::{Client, Json, Response, Seat, shape};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// So many seconds from now.
pub fn later(seconds: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(seconds)
}

/// A time as the API writes it.
pub fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The body of a reservation, with further members.
pub fn body(seat: &Seat, parts: &[&str], (from, until): (DateTime<Utc>, DateTime<Utc>), more: &Value) -> Value {
    let mut body = json!({
        "part_numbers": parts, "workstation_id": seat.workstation, "starts_at": text(from), "ends_at": text(until),
    });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("more members").clone());
    body
}

/// Tries to reserve parts.
pub fn try_reserve(seat: &Seat, parts: &[&str], time: (DateTime<Utc>, DateTime<Utc>), more: &Value) -> Response {
    seat.post("/api/reservations", &body(seat, parts, time, more))
}

/// Reserves parts that nobody else has reserved.
pub fn reserve(seat: &Seat, parts: &[&str], time: (DateTime<Utc>, DateTime<Utc>)) -> Value {
    let reservation = try_reserve(seat, parts, time, &json!({})).ok(201);
    shape::reservation(&reservation);
    assert_eq!((&reservation["user"], &reservation["workstation_id"]), (&json!(seat.user), &json!(seat.workstation)));
    assert_eq!((reservation["part_numbers"].clone(), reservation.text("starts_at")), (json!(parts), &*text(time.0)));
    reservation
}

/// The reservations of a part.
pub fn of_part(user: &Client, part: &str) -> Vec<Value> {
    user.pages(&format!("/api/reservations?part_number={part}"), "reservations", 1000)
}
