//! `baton reserve`, `baton reservations` and `baton unreserve`

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::args::{ReservationsArgs, ReserveArgs, UnreserveArgs};
use super::desk::Desk;
use super::failure::Failure;
use super::{in_the_way, parts, pick, say, show};
use crate::cli::parse_duration;

/// Local times that are understood beside RFC 3339.
const LOCAL: [&str; 4] = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];

/// Reserves parts for a time to come.
///
/// Errors: somebody else has reserved one.
pub async fn reserve(mut desk: Desk, args: ReserveArgs) -> Result<(), Failure> {
    let zone = args.zone.as_deref().map(named).transpose()?;
    let from = instant(&args.from, zone, Utc::now())?;
    let until = instant(&args.until, zone, from)?;
    let parts = parts::resolve(desk.api.url(), &args.parts)?;
    for (repository, path) in parts.iter().filter_map(|part| part.file.as_ref()) {
        desk.api.make_known(repository, path).await?;
    }
    let numbers: Vec<_> = parts.iter().map(|part| part.number.as_str()).collect();
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut wanted = json!({
        "part_numbers": numbers, "workstation_id": desk.workstation().await?.id, "starts_at": text(from), "ends_at": text(until),
    });
    if let Some(rule) = args.repeat {
        wanted["repeat"] = json!(zone.map_or(rule.clone(), |zone| repeat(from, zone, &rule)));
    }
    if let Some(note) = args.note {
        wanted["note"] = json!(note);
    }
    let names = parts::names(&parts);
    let made = say::patiently("Reserving", desk.api.reserve(&wanted)).await;
    let made = made.map_err(|error| in_the_way::told(&names, error))?;
    desk.answer(&made, [format!("Reserved: {}", line(&made))])
}

/// Shows who has reserved what.
///
/// Errors: those of the API.
pub async fn reservations(mut desk: Desk, args: ReservationsArgs) -> Result<(), Failure> {
    let part = args.part.as_deref().map(|part| parts::resolve_one(desk.api.url(), part)).transpose()?;
    let number = part.as_ref().map(|part| part.number.as_str());
    let mut all = say::patiently("Looking", desk.api.reservations(number)).await?;
    if args.mine {
        let me = desk.workstation().await?.user;
        all.retain(|reservation| reservation["user"] == me.as_str());
    }
    let mut lines: Vec<_> = all.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("Nothing is reserved".to_owned());
    }
    desk.answer(&json!({ "reservations": all }), lines)
}

/// Withdraws a reservation.
///
/// Errors: it is somebody else's.
pub async fn unreserve(mut desk: Desk, args: UnreserveArgs) -> Result<(), Failure> {
    let me = desk.workstation().await?.user;
    let mut own = desk.api.reservations(None).await?;
    own.retain(|reservation| reservation["user"] == me.as_str());
    let names = |reservation: &Value| [part_names(reservation)];
    let id = pick::one("reservation", &own, args.reservation.as_deref(), names, line)?;
    desk.api.withdraw_reservation(&id).await?;
    desk.answer(&json!({ "id": id }), ["Reserved no longer".to_owned()])
}

fn named(zone: &str) -> Result<Tz, Failure> {
    Tz::from_str(zone).map_err(|_| Failure::misused(format!("There is no time zone {zone:?}, such as Europe/Berlin")))
}

/// An instant: in RFC 3339, by the clocks of a zone, or so long after another one.
fn instant(text: &str, zone: Option<Tz>, base: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    if let Some(local) = LOCAL.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        let zone =
            zone.ok_or_else(|| Failure::misused(format!("{text} is a time of which zone? --zone Europe/Berlin")))?;
        let time = zone.from_local_datetime(&local).earliest();
        return time
            .map(|time| time.to_utc())
            .ok_or_else(|| Failure::misused(format!("The clocks of {zone} skip {text}")));
    }
    let after = parse_duration(text).ok().and_then(|after| TimeDelta::from_std(after).ok());
    after.and_then(|after| base.checked_add_signed(after)).ok_or_else(|| {
        let forms = "2027-03-01T09:00:00Z, 2027-03-01T09:00 with --zone, or 2h";
        Failure::misused(format!("{:?} is no time, such as {forms}", show::plain(text)))
    })
}

/// A rule that goes by the clocks of a zone (RFC 5545).
fn repeat(from: DateTime<Utc>, zone: Tz, rule: &str) -> String {
    let rule = rule.strip_prefix("RRULE:").unwrap_or(rule);
    format!("DTSTART;TZID={}:{}\nRRULE:{rule}", zone.name(), from.with_timezone(&zone).format("%Y%m%dT%H%M%S"))
}

fn line(reservation: &Value) -> String {
    let next = if reservation["next"].is_object() { &reservation["next"] } else { reservation };
    let [user, from, until] =
        [show::text(reservation, "user"), show::text(next, "starts_at"), show::text(next, "ends_at")];
    let mut said = format!("{}  {}: {user}, {from} to {until}", pick::short(reservation), part_names(reservation));
    if let Some(rule) = reservation["repeat"].as_str() {
        said.push_str(&format!(", {}", show::plain(rule)));
    }
    match reservation["note"].as_str() {
        Some(note) => format!("{said} ({})", show::plain(note)),
        None => said,
    }
}

fn part_names(reservation: &Value) -> String {
    let parts = reservation["part_numbers"].as_array().map(Vec::as_slice).unwrap_or_default();
    show::plain(&parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_understood_as_people_write_them() {
        let base = DateTime::parse_from_rfc3339("2027-03-27T08:00:00Z").unwrap().to_utc();
        let berlin = Some(Tz::Europe__Berlin);
        for (given, zone, meant) in [
            ("2027-03-28T09:00:00Z", None, "2027-03-28T09:00:00Z"),
            ("2027-03-28T09:00:00+02:00", None, "2027-03-28T07:00:00Z"),
            ("2027-03-27T09:00", berlin, "2027-03-27T08:00:00Z"),
            ("2027-03-28 09:00", berlin, "2027-03-28T07:00:00Z"),
            ("2h", None, "2027-03-27T10:00:00Z"),
        ] {
            let time = instant(given, zone, base).map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
            assert_eq!(time.ok().as_deref(), Some(meant), "{given}");
        }
        for (bad, zone) in [("2027-03-28T02:30", berlin), ("2027-03-28T09:00", None), ("soon", None), ("", berlin)] {
            assert!(instant(bad, zone, base).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_goes_by_the_clocks_of_its_zone() {
        let from = DateTime::parse_from_rfc3339("2027-03-27T08:00:00Z").unwrap().to_utc();
        let expected = "DTSTART;TZID=Europe/Berlin:20270327T090000\nRRULE:FREQ=DAILY;COUNT=3";
        assert_eq!(repeat(from, Tz::Europe__Berlin, "RRULE:FREQ=DAILY;COUNT=3"), expected);
    }
}
