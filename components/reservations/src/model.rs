//! What goes in and out.

use baton_core::instant::Instant;
use baton_core::text::{Note, PartNumber};
use baton_core::written::Written;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How many parts a reservation is for at most.
pub const PARTS_MAX: usize = 1_000;

/// What to reserve, for which workstation and when.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Reserve {
    /// The parts, the whole of each; one that is named twice counts once.
    #[schema(min_items = 1, max_items = 1000)]
    pub part_numbers: Vec<PartNumber>,
    /// One of the caller's own.
    pub workstation_id: Uuid,
    /// From when; not in the past, but for a minute by which clocks may differ.
    pub starts_at: Instant,
    /// Until when, excluded: after `starts_at`, by at most as long as a session may last (`session_ttl_max_hours`), and at most two years
    /// ahead.
    pub ends_at: Instant,
    /// The rule by which it repeats (RFC 5545, section 3.3.10), with COUNT or UNTIL: `FREQ=WEEKLY;COUNT=10`, with or without `RRULE:`
    /// before it. It goes by UTC, or by the clocks of a zone that a line before it names:
    /// `DTSTART;TZID=Europe/Berlin:20270301T090000` and a line feed, the same instant as `starts_at`. That one is the rule's first
    /// time; each lasts as long. At most two years ahead, at most 1,000 times that don't overlap, and at most 5,000 of all parts together;
    /// not `FREQ=SECONDLY`.
    #[schema(min_length = 1, max_length = 1000, example = "FREQ=WEEKLY;COUNT=10")]
    pub repeat: Option<String>,
    /// What for.
    pub note: Option<Note>,
}

/// One time of a reservation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Next {
    /// From when.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Until when, excluded.
    #[schema(format = DateTime)]
    pub ends_at: String,
}

/// Parts that are somebody's for a time, or for several.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reservation {
    /// The reservation's id.
    pub id: Uuid,
    /// Who has reserved.
    pub user: String,
    /// The workstation that will be granted the sessions.
    pub workstation_id: Uuid,
    /// The parts.
    pub part_numbers: Vec<String>,
    /// When its first time begins, or began.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// When its first time ends, or ended.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// The rule by which it repeats, as it was written; null if it doesn't.
    pub repeat: Option<String>,
    /// How many times it was made for.
    pub times: i64,
    /// What for.
    pub note: Option<String>,
    /// The time that is, or comes next.
    pub next: Option<Next>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A page of reservations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reservations {
    /// The reservations, oldest first.
    #[schema(value_type = Vec<Reservation>)]
    pub reservations: Vec<Written<Reservation>>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// A token for clients that can't send headers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "`Listener` reads it; it stands here for the description")]
pub struct FeedQuery {
    /// The token or key, for calendar programs, which can't send headers.
    access_token: Option<String>,
}

/// What a calendar shows of a reservation.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// The reservation's id.
    pub id: Uuid,
    /// The parts.
    pub part_numbers: Vec<String>,
    /// When its first time begins.
    pub starts_at: Instant,
    /// When its first time ends.
    pub ends_at: Instant,
    /// The rule by which it repeats.
    pub repeat: Option<String>,
    /// What for.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Instant,
}
