//! The one route: checks who asks for what, and answers once or goes on streaming.

use std::pin::pin;
use std::time::{Duration, Instant};

use axum::Json as Document;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use baton_core::access::subject;
use baton_core::auth::{Caller, Listener};
use baton_core::db::Database;
use baton_core::extract::Query;
use baton_core::page::{self, Page, PageQuery};
use baton_core::problem::ProblemDocument;
use baton_core::{Problem, Result, expiry};
use futures::future::{Either, select};

use crate::model::{Events, EventsQuery};
use crate::news::{News, check_cursor};
use crate::share::Share;
use crate::store::{self, Look};
use crate::{chores, sent, stream};

/// The events of a workstation of one's own: at once if there are any after the cursor, else as soon as one comes, or
/// after `wait` seconds. With `Accept: text/event-stream` they go on coming as server-sent events.
#[utoipa::path(get, path = "/api/events", tag = "events", params(EventsQuery, PageQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "where a server-sent stream goes on")),
    responses((status = 200, content((Events = "application/json"), (String = "text/event-stream"))),
        (status = 400, body = ProblemDocument, description = "`invalid_cursor`, `invalid_query`"),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 410, body = ProblemDocument, description = "`cursor_expired`: older than what is kept")))]
pub async fn events(
    Listener(caller): Listener,
    Query(query): Query<EventsQuery>,
    Query(page): Query<PageQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let (workstation_id, wait) = (query.workstation_id()?, query.wait()?);
    let mut page = page.check()?;
    let streaming = wants_stream(&headers);
    if streaming && let Some(last) = headers.get("last-event-id").and_then(|id| id.to_str().ok()) {
        page.after = Some(page::cursor(last)?);
    }
    let first = first_look(&caller, &workstation_id, page).await?;
    if streaming {
        let mut share = Share::take(&caller.user).await?;
        share.admitted().await?;
        return Ok(stream::respond((caller, share), workstation_id, page, first));
    }
    if !first.events.is_empty() || wait.is_zero() {
        return Ok(
            answer(&caller, &workstation_id, News::new(subject(&caller), &workstation_id, page, first).take()).await
        );
    }
    let mut share = Share::take(&caller.user).await?;
    // It waits while it is found out whether it may.
    match select(pin!(poll(&caller, &workstation_id, page, first, wait)), pin!(share.refused())).await {
        Either::Left((events, _)) => {
            let events = events?;
            caller.require_unrevoked().await?;
            Ok(answer(&caller, &workstation_id, events).await)
        }
        Either::Right((problem, _)) => Err(problem),
    }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.to_ascii_lowercase().contains("text/event-stream")
}

async fn first_look(caller: &Caller, workstation_id: &str, page: Page) -> Result<Look> {
    let database = Database::open().await?;
    let mut look = look_at(&database, caller, workstation_id, page).await?;
    if look.is_due && look.events.is_empty() && expiry::record_due(&database, &caller.request).await? {
        // What that has brought about may be for this workstation.
        look = look_at(&database, caller, workstation_id, page).await?;
    }
    let roles = caller.gate_roles();
    if look.roles != roles {
        chores::note_roles(workstation_id.to_owned(), roles);
    }
    if look.is_unheard {
        chores::note_presence([workstation_id.to_owned()]);
    }
    if let Some(after) = page.after {
        check_cursor(after, &look)?;
    }
    Ok(look)
}

async fn look_at(database: &Database, caller: &Caller, workstation_id: &str, page: Page) -> Result<Look> {
    let look = store::look(database, subject(caller).as_deref(), workstation_id, page.after, page.limit)
        .await?
        .ok_or_else(|| Problem::not_found("there is no such workstation"))?;
    if look.user == caller.user { Ok(look) } else { Err(Problem::forbidden("this workstation is somebody else's")) }
}

/// Waits for events.
async fn poll(caller: &Caller, workstation_id: &str, page: Page, first: Look, wait: Duration) -> Result<Events> {
    let deadline = Instant::now() + wait;
    let mut news = News::new(subject(caller), workstation_id, page, first);
    while news.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || !news.wait(left).await? {
            break;
        }
    }
    Ok(news.take())
}

async fn answer(caller: &Caller, workstation_id: &str, events: Events) -> Response {
    sent::note(caller, workstation_id, &events.events).await;
    ([(header::CACHE_CONTROL, "no-store")], Document(events)).into_response()
}
