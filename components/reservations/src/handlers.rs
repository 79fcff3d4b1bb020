//! One function for each route.

use std::collections::HashSet;

use axum::Json as Document;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::{require_edit, subject, unknown_item};
use baton_core::auth::{Editor, Listener, Viewer};
use baton_core::db::Database;
use baton_core::extract::{Json, Path, Query};
use baton_core::id::new_id;
use baton_core::page::PageQuery;
use baton_core::problem::ProblemDocument;
use baton_core::text::PartNumber;
use baton_core::{Problem, Result, config, expiry};
use serde_json::Value;

use crate::calendar;
use crate::filter::FilterQuery;
use crate::model::{FeedQuery, PARTS_MAX, Reservation, Reservations, Reserve};
use crate::rule::{Rule, refuse};
use crate::store::{self, Reserved};
use crate::times::{Bounds, ROWS_MAX, Time, expand};

/// The largest body of a reservation, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// Reserves parts for a time to come. At `starts_at` the workstation is granted what is free (`edit.session_granted`), and stands
/// first in line for the rest until `ends_at`.
#[utoipa::path(post, path = "/api/reservations", tag = "reservations", request_body = Reserve,
    responses((status = 201, body = Reservation),
        (status = 403, body = ProblemDocument, description = "`not_yours` where the caller may view a part and not edit it"),
        (status = 404, body = ProblemDocument, description = "the caller may not view a part"),
        (status = 409, body = ProblemDocument,
            description = "`reserved`, with up to 100 `reservations` of others that are in the way: `id`, `user`, `part_numbers`, and the time (`starts_at`, `ends_at`) of the first that is; `quota_exceeded`")))]
pub async fn reserve(Editor(caller): Editor, Json(wanted): Json<Reserve, BODY_MAX>) -> Result<Response> {
    let parts = once(&wanted.part_numbers)?;
    let rule = wanted.repeat.as_deref().map(Rule::parse).transpose().map_err(|detail| refuse(&detail))?;
    let database = Database::open().await?;
    let bounds =
        Bounds { now: store::now(&database).await?.utc(), seconds_max: config::session_ttl_max_seconds().await? };
    let first = Time::check(wanted.starts_at, wanted.ends_at, &bounds)?;
    let times = match &rule {
        Some(rule) => expand(first, rule, &bounds)?,
        None => vec![first],
    };
    if times.len() * parts.len() > ROWS_MAX {
        return Err(Problem::invalid("part_numbers", format!("may have {ROWS_MAX} times together")));
    }
    let id = new_id();
    let reserved = store::reserve(&database, &caller, id, &wanted, &parts, &times).await?;
    let Some(Reserved { workstation_user, may, reservation, in_the_way }) = reserved else {
        return Err(Problem::unavailable("reserving gave no outcome"));
    };
    require_edit(may, unknown_item)?;
    match workstation_user {
        None => return Err(Problem::invalid("workstation_id", "there is no such workstation")),
        Some(user) if user != caller.user => return Err(Problem::forbidden("this workstation is somebody else's")),
        Some(_) => {}
    }
    match reservation {
        Some(reservation) => {
            let location = format!("/api/reservations/{id}");
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], reservation).into_response())
        }
        None if in_the_way.is_empty() => Err(Problem::unavailable("neither a reservation nor what is in its way")),
        None => {
            let detail = format!("{} of others' reservations are in the way", in_the_way.len());
            Err(Problem::conflict("reserved", detail).with("reservations", Value::Array(in_the_way)))
        }
    }
}

/// Each once, in order: 422 for none and for more than a reservation is for.
fn once(parts: &[PartNumber]) -> Result<Vec<&PartNumber>> {
    let mut seen = HashSet::new();
    let parts: Vec<_> = parts.iter().filter(|part| seen.insert(*part)).collect();
    match parts.len() {
        1..=PARTS_MAX => Ok(parts),
        _ => Err(Problem::invalid("part_numbers", format!("must have 1 to {PARTS_MAX} members"))),
    }
}

/// Everybody's reservations that aren't over, as far as one may view their parts.
#[utoipa::path(get, path = "/api/reservations", operation_id = "list_reservations", tag = "reservations",
    params(FilterQuery, PageQuery), responses((status = 200, body = Reservations)))]
pub async fn list(
    Viewer(caller): Viewer,
    Query(filter): Query<FilterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Document<Reservations>> {
    let (filter, page) = (filter.check(subject(&caller))?, page.check()?);
    let database = Database::open().await?;
    expiry::record_due(&database, &caller.request).await?;
    let (reservations, cursor) = store::filtered(&database, &filter, page).await?;
    Ok(Document(Reservations { reservations, cursor }))
}

/// Withdraws a reservation of one's own, or any for an admin, with all of its times. What it has come to stays with its holder.
#[utoipa::path(delete, path = "/api/reservations/{id}", tag = "reservations", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn withdraw(Editor(caller): Editor, path: Path) -> Result<StatusCode> {
    let id = path.id("id")?;
    let database = Database::open().await?;
    let owner = store::owner(&database, &caller, &id)
        .await?
        .ok_or_else(|| Problem::not_found("there is no such reservation"))?;
    if owner != caller.user && !caller.is_admin() {
        return Err(Problem::forbidden("this reservation is somebody else's"));
    }
    if store::withdraw(&database, &caller, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::unavailable("the reservation still stands"))
    }
}

/// One's own reservations as a calendar (RFC 5545) that calendar programs subscribe to.
#[utoipa::path(get, path = "/api/reservations.ics", operation_id = "reservations_calendar", tag = "reservations", params(FeedQuery),
    responses((status = 200, content((String = "text/calendar")))))]
pub async fn feed(Listener(caller): Listener) -> Result<Response> {
    let database = Database::open().await?;
    let entries = store::entries(&database, &caller).await?;
    let text = calendar::write(&entries);
    let headers = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}
