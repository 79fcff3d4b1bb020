//! What goes in and out.

use baton_core::text::Name;
use baton_core::{Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How a checkpoint came to be: its holder kept it, or it was the holder's draft when the session ended otherwise than by
/// the holder's release.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The holder kept it.
    Manual,
    /// An admin ended the session.
    ForceRelease,
    /// The session expired.
    Expired,
    /// The session was handed over.
    Transferred,
}

/// A state of an item's files, kept for a while.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Checkpoint {
    /// The checkpoint's id.
    pub id: Uuid,
    /// The item's id.
    pub item_id: Uuid,
    /// The item's part number.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// The edit session that it was made in.
    pub session_id: Uuid,
    /// Its author, the session's holder.
    pub user: String,
    /// How it came to be.
    pub kind: Kind,
    /// What its author calls it.
    pub label: Option<String>,
    /// How many bytes it holds.
    pub size: i64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// From this instant on it is gone.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A page of checkpoints.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checkpoints {
    /// The checkpoints, newest first.
    pub checkpoints: Vec<Checkpoint>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// What to call a checkpoint.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LabelQuery {
    /// 1 to 200 characters; none if absent.
    #[param(value_type = Option<Name>)]
    label: Option<String>,
}

impl LabelQuery {
    /// The label: 422 if it is none.
    pub fn check(self) -> Result<Option<Name>> {
        self.label.map(Name::parse).transpose().map_err(|detail| Problem::invalid("label", detail))
    }
}
