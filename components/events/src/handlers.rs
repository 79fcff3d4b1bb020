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
use baton_core::{Problem, Result, task};
use http::StatusCode;

use crate::model::{Events, EventsQuery};
use crate::store::{self, Look};
use crate::waiting::Place;
use crate::{pump, stream};

/// How long a place stays enlisted beyond the wait that it is for, in seconds.
const ENLIST_SLACK: u64 = 2;

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
        // Thousands may come back at once with other tokens than they left with: none of them waits for this.
        task::spawn(store::note_roles(workstation_id.to_owned(), roles));
    }
    match page.after {
        Some(after) if after > look.head => Err(page::invalid_cursor()),
        Some(after) if after < look.pruned_through => {
            Err(Problem::new(StatusCode::GONE, "cursor_expired", "events after this cursor are no longer kept"))
        }
        _ => Ok(look),
    }
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
    cursor: i64,
    look: Look,
}

impl News {
    /// Goes on from a look at the log.
    pub fn new(workstation_id: &str, page: Page, look: Look) -> Self {
        let cursor = page.after.unwrap_or(look.head);
        Self { workstation_id: workstation_id.to_owned(), limit: page.limit, place: None, cursor, look }
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.look.events.is_empty()
    }

    /// Takes what has come, and moves the cursor on: to the last event if there may be more, else to the log's head.
    pub fn take(&mut self) -> Events {
        let events = std::mem::take(&mut self.look.events);
        let is_full = i64::try_from(events.len()).is_ok_and(|count| count >= self.limit);
        let last = events.last().and_then(|event| event.id.parse().ok());
        self.cursor = match last {
            Some(last) if is_full => last,
            _ => self.cursor.max(self.look.head),
        };
        Events { events, cursor: self.cursor.to_string() }
    }

    /// Waits for news for at most `longest`; false if none came.
    pub async fn wait(&mut self, longest: Duration) -> Result<bool> {
        if self.place.is_none() {
            let (place, start_pump) = Place::take(&self.workstation_id, self.look.head);
            self.place = Some(place);
            if start_pump {
                pump::start();
            }
        }
        let deadline = Instant::now() + longest;
        // Only a look after enlisting is sure to see what happened before the notifier knew of this place.
        let mut look_now = self.enlist(longest).await;
        while Instant::now() < deadline {
            if !look_now && !self.woken(deadline).await {
                return Ok(false);
            }
            self.look_again().await?;
            if !self.is_empty() {
                return Ok(true);
            }
            // The notifier forgets a place when it has written to it.
            look_now = !look_now && self.enlist(deadline.saturating_duration_since(Instant::now())).await;
        }
        Ok(false)
    }

    async fn woken(&mut self, deadline: Instant) -> bool {
        match &mut self.place {
            Some(place) => within(deadline.saturating_duration_since(Instant::now()), place.woken()).await.is_some(),
            None => false,
        }
    }

    async fn look_again(&mut self) -> Result<()> {
        let database = Database::open().await?;
        self.take();
        self.look = store::look(&database, &self.workstation_id, Some(self.cursor), self.limit)
            .await?
            .ok_or_else(|| Problem::not_found("the workstation has been removed"))?;
        Ok(())
    }

    async fn enlist(&self, longest: Duration) -> bool {
        let has_redis = matches!(baton_core::config::redis_url().await, Ok(Some(_)));
        has_redis && crate::inbox::enlist(&[self.workstation_id.as_str()], longest.as_secs() + ENLIST_SLACK).await
    }
}
