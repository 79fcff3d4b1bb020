//! What goes in and out.

use baton_core::approval::Approval;
use baton_core::text::Message;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An admin's order.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Order {
    /// Why: the holder is told, and it stands in the audit log.
    pub reason: Message,
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
    pub approval: Approval,
}
