//! What goes in and out.

use baton_core::number::whole;
use baton_core::reach::Reach;
use baton_core::text::{Name, Note, TtlSeconds};
use baton_core::written::Written;
use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How much of the item a session is about; it says what the user works on and doesn't take part in conflicts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContextLevel {
    /// One sketch.
    Sketch,
    /// The part.
    #[default]
    Part,
    /// The assembly.
    Assembly,
}

impl ContextLevel {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sketch => "sketch",
            Self::Part => "part",
            Self::Assembly => "assembly",
        }
    }
}

/// What to acquire, for which workstation.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Acquire {
    /// One of the caller's own.
    pub workstation_id: Uuid,
    /// `part` if absent.
    pub context_level: Option<ContextLevel>,
    /// `item` if absent. 422 for a `tree` with an `object_id`.
    pub scope: Option<Reach>,
    /// One object in the item; the whole item if absent.
    pub object_id: Option<Name>,
    /// How long the session lasts without being renewed; `session_timeout_minutes` if absent.
    pub ttl_seconds: Option<TtlSeconds>,
    /// What it is held for.
    pub note: Option<Note>,
    /// The revision that the item is expected to have, 1 to 200 characters: 409 `outdated` if it has another one.
    pub expected_revision: Option<Name>,
}

/// The body of a renewal, which may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Renew {
    /// A new time to live; the session keeps its own if absent.
    pub ttl_seconds: Option<TtlSeconds>,
    /// What it is held for now; the session keeps its note if absent.
    pub note: Option<Note>,
}

/// The fence that a stored file came with.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Verify {
    /// The fence.
    #[serde(deserialize_with = "whole")]
    pub fence: i64,
}

/// The answer to a fence that holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// Always true.
    pub valid: bool,
}

/// The right to edit an item, or one object in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The session's id.
    pub id: Uuid,
    /// The item's id.
    pub item_id: Uuid,
    /// The item's part number.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// The repository in which the item lies; null if it lies in none.
    pub repository: Option<String>,
    /// Its path there, byte for byte.
    pub path: Option<String>,
    /// The holder.
    pub user: String,
    /// The holder's workstation.
    pub workstation_id: Uuid,
    /// What the holder works on.
    pub context_level: ContextLevel,
    /// The object that the session covers; null for the whole item.
    pub object_id: Option<String>,
    /// Whether it covers all that the item is made of, too.
    pub scope: Reach,
    /// Grows with every grant on the item.
    pub fence: i64,
    /// What it is held for; null if nobody has said.
    pub note: Option<String>,
    /// When it was granted.
    #[schema(format = DateTime)]
    pub acquired_at: String,
    /// When it was granted or last renewed.
    #[schema(format = DateTime)]
    pub renewed_at: String,
    /// When its holder last did something with it: acquired or renewed it, or kept a draft or a checkpoint.
    #[schema(format = DateTime)]
    pub active_at: String,
    /// From this instant on it counts for nothing.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// The next instant before that from which on somebody else has reserved the item; null if nobody has.
    #[schema(format = DateTime)]
    pub reserved_from: Option<String>,
}

/// What tells a session from others.
#[derive(Debug, Deserialize)]
pub struct Identity {
    /// The session's id.
    pub id: Uuid,
    /// The fence of its grant.
    pub fence: i64,
}

/// Who is in the way, in a 409 `held`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// The holder.
    pub user: String,
    /// The holder's workstation.
    pub workstation_id: Uuid,
    /// The holder's session.
    pub session_id: Uuid,
    /// The part that this is a session of: another one than was asked for where that belongs to a tree which is held. A request for
    /// handoff goes there. Null where the caller may not see it.
    #[schema(example = "F01-0001")]
    pub part_number: Option<String>,
    /// The object that it covers; null for the whole item.
    pub object_id: Option<String>,
    /// Whether it covers all that its item is made of, too.
    pub scope: Reach,
    /// Since when.
    #[schema(format = DateTime)]
    pub acquired_at: String,
    /// Until when, unless it is renewed.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A part, and who is in the way there, in the `holders` of a 409 `held`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldPart {
    /// The part.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// Who holds it.
    pub holder: Holder,
}

/// Who stands in line, in a 409 `in_line`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// Who waits.
    pub user: String,
    /// The workstation that will get the session.
    pub workstation_id: Uuid,
    /// The request that stands in line.
    pub request_id: Uuid,
    /// The object that it is for; null for the whole item.
    pub object_id: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A time for which somebody has reserved, in a 409 `reserved`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reserved {
    /// The reservation.
    pub id: Uuid,
    /// Who has reserved.
    pub user: String,
    /// What of it is in the way.
    pub part_numbers: Vec<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Until when.
    #[schema(format = DateTime)]
    pub ends_at: String,
}

/// A part, and who edits it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// The item's id.
    pub item_id: Uuid,
    /// Its part number.
    pub part_number: String,
    /// The repository in which it lies; null if it lies in none.
    pub repository: Option<String>,
    /// Its path there, byte for byte.
    pub path: Option<String>,
    /// The fence of its last grant.
    pub fence: i64,
    /// What the last release that named a revision said; null until then.
    pub revision: Option<String>,
    /// Its active sessions.
    pub edit_sessions: Vec<Session>,
    /// The active sessions on trees of which it is a part.
    pub held_with: Vec<Session>,
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// The sessions, oldest first.
    #[schema(value_type = Vec<Session>)]
    pub edit_sessions: Vec<Written<Session>>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// What a release leaves.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevisionQuery {
    /// The item's revision from now on, 1 to 200 characters; it keeps its own if absent.
    #[param(value_type = Option<Name>)]
    revision: Option<String>,
}

impl RevisionQuery {
    /// The revision: 422 if it is none.
    pub fn check(self) -> Result<Option<Name>> {
        self.revision.map(Name::parse).transpose().map_err(|detail| Problem::invalid("revision", detail))
    }
}
