//! The SQL. Each change is one statement: an INSERT into a command view of the schema, whose trigger does the rest, and whose
//! RETURNING tells the outcome.

use baton_core::access::{May, subject};
use baton_core::auth::Caller;
use baton_core::db::{Database, Outcome, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::instant::Instant;
use baton_core::limits::Quota;
use baton_core::page::{Page, Paged};
use baton_core::text::PartNumber;
use baton_core::written::Written;
use baton_core::{Problem, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::filter::Filter;
use crate::model::{Entry, Reservation, Reserve};
use crate::times::Time;

/// How many reservations a calendar shows at most, those first that come first.
const FEED_MAX: i64 = 1_000;

/// What reserving came to.
#[derive(Debug, Deserialize)]
pub struct Reserved {
    /// Whose workstation it is; none if there is no such workstation.
    pub workstation_user: Option<String>,
    /// What the caller may on the part where that is least, if it isn't to edit.
    pub may: Option<May>,
    /// The reservation, if it was made.
    pub reservation: Option<Written<Reservation>>,
    /// Up to 100 of others' reservations that are in the way.
    pub in_the_way: Vec<Value>,
}

/// Now, by the database's clock.
pub async fn now(database: &Database) -> Result<Instant> {
    let row = database.row("SELECT now FROM clock", params![]).await?;
    let now = row.as_ref().and_then(|row| row.get::<&str>(0)).and_then(|now| Instant::parse(now).ok());
    now.ok_or_else(|| Problem::unavailable("the database tells no time"))
}

/// Reserves parts, if nobody else has reserved any of them at any of these times.
pub async fn reserve(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    wanted: &Reserve,
    parts: &[&PartNumber],
    times: &[Time],
) -> Result<Option<Reserved>> {
    let parts: Vec<_> = parts.iter().map(|part| json!([part, new_id()])).collect();
    let text = |instant| Instant::from(instant).text();
    let times: Vec<_> =
        times.iter().map(|time| json!([text(time.starts_at), text(time.ends_at), time.seconds()])).collect();
    let cause = caller.cause_within(Quota::Reservations).await?;
    let outcome = database
        .change(
            "INSERT INTO do_reserve (id, user, workstation_id, parts, times, repeat, note, cause)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             RETURNING json_object(
                 'workstation_user', (SELECT w.user FROM workstations w WHERE w.id = do_reserve.workstation_id),
                 'may', (SELECT min((SELECT b.may FROM barred b
                                     WHERE b.want = json_array(json_array(iif(do_reserve.cause ->> '$.admin', NULL, do_reserve.user),
                                                                          part.value ->> 0))))
                         FROM json_each(do_reserve.parts) part),
                 'reservation', json((SELECT r.document FROM reservation_documents r WHERE r.id = do_reserve.id)),
                 'in_the_way', json(iif(
                     EXISTS (SELECT 1 FROM reservations r WHERE r.id = do_reserve.id), '[]',
                     (SELECT json_group_array(json(document))
                      FROM (SELECT json_object('id', m.reservation_id, 'user', m.user,
                                               'part_numbers', json_group_array(DISTINCT m.part_number),
                                               'starts_at', min(m.starts_at), 'ends_at', min(m.ends_at)) AS document
                            FROM reserved_meanwhile m
                            WHERE m.want = json_array(json_array(
                                      do_reserve.user,
                                      (SELECT json_group_array(value ->> 0) FROM json_each(do_reserve.parts)),
                                      json(do_reserve.times)))
                            GROUP BY m.reservation_id ORDER BY min(m.starts_at) LIMIT 100))))),
                 (SELECT announcement FROM announcements WHERE change_id = do_reserve.cause ->> '$.change')",
            params![
                id.to_string(),
                caller.user.as_str(),
                wanted.workstation_id.to_string(),
                json!(parts).to_string(),
                json!(times).to_string(),
                wanted.repeat.clone(),
                wanted.note.as_ref().map(|note| note.as_str().to_owned()),
                cause.json.as_str(),
            ],
        )
        .await;
    let outcome: Outcome<Reserved> = Quota::Reservations.explain(database, caller, outcome).await?;
    announce(outcome.announcement);
    Ok(outcome.state)
}

/// Whose a reservation is; none if there is no such reservation, or the caller may not see it, and it isn't the caller's.
pub async fn owner(database: &Database, caller: &Caller, id: &str) -> Result<Option<String>> {
    let statement = "SELECT user FROM reservations WHERE id = ?1
                     AND (user = ?2 OR id IN (SELECT id FROM visible_reservations WHERE subject = json_array(?3) AND id = ?1))";
    let row = database.row(statement, params![id, caller.user.as_str(), subject(caller)]).await?;
    Ok(row.and_then(|row| row.get::<&str>(0).map(str::to_owned)))
}

/// Withdraws a reservation of the caller's own, or any for an admin; false if it still stands.
pub async fn withdraw(database: &Database, caller: &Caller, id: &str) -> Result<bool> {
    let cause = caller.cause();
    let outcome: Outcome<bool> = database
        .change(
            "INSERT INTO do_withdraw_reservation (id, user, is_admin, cause) VALUES (?, ?, ?, ?)
             RETURNING iif(EXISTS (SELECT 1 FROM reservations r WHERE r.id = do_withdraw_reservation.id), 'false', 'true'),
                       (SELECT announcement FROM announcements WHERE change_id = do_withdraw_reservation.cause ->> '$.change')",
            params![id, caller.user.as_str(), i32::from(caller.is_admin()), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or(false))
}

/// The reservations that pass a filter.
pub async fn filtered(database: &Database, filter: &Filter, page: Page) -> Result<Paged<Written<Reservation>>> {
    page.read_with(database, |after, limit| filter.statement(after, limit)).await
}

/// What the calendar of the caller shows.
pub async fn entries(database: &Database, caller: &Caller) -> Result<Vec<Entry>> {
    let statement = "SELECT document FROM visible_reservations WHERE subject = json_array(?) AND user = ?
                     ORDER BY document ->> '$.next.starts_at' LIMIT ?";
    let rows = database.rows(statement, params![subject(caller), caller.user.as_str(), FEED_MAX]).await?;
    rows.iter().filter_map(|row| row.json(0).transpose()).collect()
}
