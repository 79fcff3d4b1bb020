//! What goes in and out.

use baton_core::reach::Reach;
use baton_core::text::Message;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Asks the holder for a session.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Ask {
    /// What the requester says to the holder.
    pub message: Message,
    /// The requester's workstation that is to get the session; without one, the holder can only release it.
    pub workstation_id: Option<Uuid>,
    /// Whether to stand in line; needs a workstation.
    pub auto_acquire: Option<bool>,
    /// Whether it is for the whole item, though this session covers an object in it: it then waits for all sessions on the
    /// item.
    pub whole_item: Option<bool>,
}

/// The body of a refusal, which may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Decline {
    /// What the holder says to the requester.
    pub message: Option<Message>,
}

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has answered yet.
    Pending,
    /// The holder has handed the session over, or released it.
    Accepted,
    /// The holder has refused.
    Declined,
    /// The requester has taken it back, or the workstation is gone.
    Cancelled,
    /// The session ended, and the requester was next in line.
    Granted,
    /// The session ended in another way.
    Superseded,
}

/// A request for a session.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HandoffRequest {
    /// The request's id.
    pub id: Uuid,
    /// The session that it waits for.
    pub session_id: Uuid,
    /// The item's id.
    pub item_id: Uuid,
    /// Its part number.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// Whether it is for all that the item is made of, too: `item` or `tree`.
    pub scope: Reach,
    /// Who asks.
    pub requester: String,
    /// The requester's workstation.
    pub workstation_id: Option<Uuid>,
    /// Who holds the session.
    pub holder: String,
    /// What the requester says.
    pub message: String,
    /// Whether it stands in line.
    pub auto_acquire: bool,
    /// What has become of it.
    pub status: Status,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it stopped being pending.
    #[schema(format = DateTime)]
    pub answered_at: Option<String>,
    /// What the holder says.
    pub answer: Option<String>,
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoffRequests {
    /// The requests, oldest first.
    pub handoff_requests: Vec<HandoffRequest>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// Which requests to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// With `true`, only those that nobody has answered yet.
    pub pending: Option<bool>,
}

/// A place in line.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// Who waits.
    pub user: String,
    /// The workstation that will get the session.
    pub workstation_id: Uuid,
    /// The request that stands in line.
    pub request_id: Uuid,
    /// The session that it waits for.
    pub session_id: Uuid,
    /// The item's id.
    pub item_id: Uuid,
    /// Its part number.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// The object that it is for; null for the whole item.
    pub object_id: Option<String>,
    /// Whether it is for all that the item is made of, too.
    pub scope: Reach,
    /// When the request was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Whether the workstation hasn't been heard of for as long as a session lasts: it is passed over, and keeps its place.
    pub absent: bool,
}

/// A page of places in line.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lines {
    /// The places, those of an item in the order of its line.
    pub lines: Vec<Place>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}
