//! The one route: checks who asks for what, and answers once or goes on streaming.

use std::time::{Duration, Instant};

use axum::Json as Document;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use baton_core::auth::{self, Caller, Role};
use baton_core::db::Database;
use baton_core::extract::Query;
use baton_core::page::{self, Page, PageQuery};
use baton_core::problem::ProblemDocument;
use baton_core::task::within;
use baton_core::{Problem, Result, config};
use http::StatusCode;

use crate::model::{Event, Events, EventsQuery};
use crate::store::{self, Look};
use crate::waiting::Place;
use crate::{chores, enlisting, inbox, pump, stream};

/// A caller with a bearer token or, on this route alone, one in the query.
#[derive(Debug)]
pub struct Listener(Caller);

impl<S: Send + Sync> FromRequestParts<S> for Listener {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(query) = Query::<EventsQuery>::from_request_parts(parts, state).await?;
        let token = match &query.access_token {
            Some(token) if !parts.headers.contains_key(header::AUTHORIZATION) => token,
            _ => auth::bearer(parts)?,
        };
        let caller = Caller::from_token(token, auth::context(parts)).await?;
        caller.require(Role::Viewer)?;
        Ok(Self(caller))
    }
}

/// The events of a workstation of one's own: at once if there are any after the cursor, else as soon as one comes, or
/// after `wait` seconds. With `Accept: text/event-stream` they go on coming as server-sent events.
#[utoipa::path(get, path = "/api/events", tag = "events", params(EventsQuery, PageQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "where a server-sent stream goes on")),
    responses((status = 200, body = Events, content_type = "application/json"),
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
        return Ok(stream::respond(caller, workstation_id, page, first));
    }
    poll(&workstation_id, page, first, wait).await.map(answer)
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.to_ascii_lowercase().contains("text/event-stream")
}

async fn first_look(caller: &Caller, workstation_id: &str, page: Page) -> Result<Look> {
    let database = Database::open().await?;
    let look = store::look(&database, workstation_id, page.after, page.limit)
        .await?
        .ok_or_else(|| Problem::not_found("there is no such workstation"))?;
    if look.user != caller.user {
        return Err(Problem::forbidden("this workstation is somebody else's"));
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

/// Answers from the first look, or waits.
async fn poll(workstation_id: &str, page: Page, first: Look, wait: Duration) -> Result<Events> {
    let deadline = Instant::now() + wait;
    let mut news = News::new(workstation_id, page, first);
    while news.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || !news.wait(left).await? {
            break;
        }
    }
    Ok(news.take())
}

fn answer(events: Events) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Document(events)).into_response()
}

/// A workstation's events as they come, from a cursor on.
pub struct News {
    workstation_id: String,
    limit: i64,
    place: Option<Place>,
    /// The events that have come, and the cursor after them.
    events: Vec<Event>,
    cursor: i64,
    /// The log's head as it was then: beyond the cursor if there are more events than were asked for.
    head: i64,
}

impl News {
    /// Goes on from a look at the log.
    pub fn new(workstation_id: &str, page: Page, look: Look) -> Self {
        let cursor = page.after.unwrap_or(look.head);
        let workstation_id = workstation_id.to_owned();
        let mut news = Self { workstation_id, limit: page.limit, place: None, events: Vec::new(), cursor, head: 0 };
        news.note(look);
        news
    }

    /// Notes what a look at the log has found. The cursor moves on: to the last event if there may be more, else to the
    /// log's head.
    fn note(&mut self, look: Look) {
        let is_full = i64::try_from(look.events.len()).is_ok_and(|count| count >= self.limit);
        let last = look.events.last().and_then(|event| event.id.parse().ok());
        self.cursor = match last {
            Some(last) if is_full => last,
            _ => self.cursor.max(look.head),
        };
        (self.events, self.head) = (look.events, look.head);
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Takes what has come.
    pub fn take(&mut self) -> Events {
        Events { events: std::mem::take(&mut self.events), cursor: self.cursor.to_string() }
    }

    /// Waits for news for at most `longest`; false if none came.
    pub async fn wait(&mut self, longest: Duration) -> Result<bool> {
        let deadline = Instant::now() + longest;
        if self.cursor < self.head {
            self.look_again().await?;
        }
        let mut left = longest;
        while self.is_empty() && !left.is_zero() && self.woken(left).await {
            self.look_again().await?;
            left = deadline.saturating_duration_since(Instant::now());
        }
        Ok(!self.is_empty())
    }

    async fn woken(&mut self, longest: Duration) -> bool {
        let (cursor, workstation_id) = (self.cursor, &self.workstation_id);
        let place = self.place.get_or_insert_with(|| Place::take(workstation_id, cursor));
        place.note_read(cursor);
        pump::start();
        enlist(place, workstation_id, longest).await;
        let woken = within(longest, place.woken()).await;
        self.cursor = cursor.max(woken.unwrap_or_else(|| place.cursor()));
        woken.is_some()
    }

    async fn look_again(&mut self) -> Result<()> {
        let database = Database::open().await?;
        let look = store::look(&database, &self.workstation_id, Some(self.cursor), self.limit).await?;
        let look = look.ok_or_else(|| Problem::not_found("the workstation has been removed"))?;
        check_cursor(self.cursor, &look)?;
        self.note(look);
        Ok(())
    }
}

/// Has a place enlisted with Redis if there is one.
async fn enlist(place: &mut Place, workstation_id: &str, longest: Duration) {
    let has_redis = matches!(config::redis_url().await, Ok(Some(_)));
    if has_redis && let Some(time) = place.must_enlist(longest) {
        inbox::start();
        enlisting::want(workstation_id.to_owned(), time);
    }
}

/// What a cursor must be to go on from: no later than the log's head, and with everything after it kept.
pub fn check_cursor(after: i64, look: &Look) -> Result<()> {
    match after {
        after if after > look.head => Err(page::invalid_cursor()),
        after if after < look.pruned_through => {
            Err(Problem::new(StatusCode::GONE, "cursor_expired", "events after this cursor are no longer kept"))
        }
        _ => Ok(()),
    }
}
