//! A workstation's events as they come, for a poll or a stream.

use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::page::{self, Page};
use baton_core::task::within;
use baton_core::{Problem, Result, config};
use http::StatusCode;

use crate::model::{Event, Events};
use crate::store::{self, Look};
use crate::waiting::Place;
use crate::{enlisting, inbox, pump};

/// A workstation's events as they come, from a cursor on.
pub struct News {
    /// Whose eyes they are for (`access::subject`).
    viewer: Option<String>,
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
    pub fn new(viewer: Option<String>, workstation_id: &str, page: Page, look: Look) -> Self {
        let cursor = page.after.unwrap_or(look.head);
        let workstation_id = workstation_id.to_owned();
        let mut news =
            Self { viewer, workstation_id, limit: page.limit, place: None, events: Vec::new(), cursor, head: 0 };
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

    /// Whose events they are.
    pub fn workstation_id(&self) -> &str {
        &self.workstation_id
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
        let (viewer, workstation_id) = (self.viewer.as_deref(), &self.workstation_id);
        let look = store::look(&database, viewer, workstation_id, Some(self.cursor), self.limit).await?;
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
        enlisting::want(workstation_id.to_owned(), time).await;
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
