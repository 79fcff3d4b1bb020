//! What goes in and out.

use baton_core::approval::Approval;
use baton_core::number;
use baton_core::text::Message;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An admin's order.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Order {
    /// Why: the holder is told, and it stands in the audit log.
    pub reason: Message,
    /// For how long the holder may save first; not at all if absent.
    pub save_seconds: Option<SaveSeconds>,
}

/// The longest that somebody may save, in seconds.
const SAVE_MAX: i64 = 300;

/// For how long a holder may save, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 300)]
pub struct SaveSeconds(pub i64);

impl<'de> Deserialize<'de> for SaveSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::bounded(deserializer, 0, SAVE_MAX).map(Self)
    }
}

/// The session is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct Released {
    /// Always true.
    pub released: bool,
    /// The session.
    pub session_id: Uuid,
    /// The holder's draft, kept as a checkpoint; null if there was none.
    pub checkpoint_id: Option<Uuid>,
}

/// The session goes on until the approval is signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Awaiting {
    /// Always false.
    pub released: bool,
    /// The approval.
    pub approval: Box<Approval>,
}

/// The session goes on until its holder has saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct Saving {
    /// Always false.
    pub released: bool,
    /// The command to the holder's workstation: `workstation.command_done` tells its end.
    pub command_id: Uuid,
}

/// The session goes on for now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Pending {
    /// Until an approval is signed.
    Awaiting(Awaiting),
    /// Until the holder has saved.
    Saving(Saving),
}
