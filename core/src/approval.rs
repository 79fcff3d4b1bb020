//! An approval, as it is answered wherever one is asked for, signed or shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

impl Decision {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// A signature at a gate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Signature {
    /// Who signed.
    pub user: String,
    /// What it says.
    pub decision: Decision,
    /// Why.
    pub comment: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub signed_at: String,
}

/// A gate of an approval.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedGate {
    /// The role whose signature it takes.
    pub role: String,
    /// What people read.
    pub label: String,
    /// Whether the approval waits for it.
    pub required: bool,
    /// `pending`, `approved` or `rejected`.
    pub status: String,
    /// Its signatures, oldest first.
    pub signatures: Vec<Signature>,
}

/// An approval.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// The approval's id.
    pub id: Uuid,
    /// The workflow that it follows.
    pub workflow: String,
    /// The version that it began with.
    pub version: u32,
    /// `pending`, `cancelled`, or what the workflow's rules made of it.
    pub state: String,
    /// `force_release`.
    pub action: String,
    /// `edit_session`.
    pub resource_type: String,
    /// The session.
    pub resource_id: Uuid,
    /// The item's part number.
    pub part_number: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// What has to be signed.
    pub gates: Vec<SignedGate>,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was decided or cancelled.
    #[schema(format = DateTime)]
    pub completed_at: Option<String>,
    /// What came of it: `session_released`, `session_over` if it had ended before, `session_kept`, or, until the holder has saved,
    /// `session_saving`.
    pub outcome: Option<String>,
}
