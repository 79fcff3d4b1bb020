//! What goes in and out.

use baton_core::reach::Reach;
use baton_core::text::Name;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A client installation that registers itself.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Register {
    /// What people call it.
    pub name: Name,
    /// What the installation knows itself by, such as a hash of host name and MAC address.
    pub fingerprint: Name,
}

/// One client installation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Workstation {
    /// The workstation's id.
    pub id: Uuid,
    /// Whose it is.
    pub user: String,
    /// What people call it.
    pub name: String,
    /// What the installation knows itself by.
    pub fingerprint: String,
    /// When it was heard of last, to within 40 s: a heartbeat, a poll, or a call that names it.
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// When it registered first.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A page of workstations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workstations {
    /// The workstations, oldest first.
    pub workstations: Vec<Workstation>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// That a workstation watches an item, or all items whose names begin in a certain way.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// The item's id; null for a pattern.
    pub item_id: Option<Uuid>,
    /// Its part number; or the pattern, which ends in `*`.
    #[schema(example = "F01-0001")]
    pub part_number: String,
    /// Whether it watches all that the item is made of, too.
    pub scope: Reach,
    /// Since when.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Which subscription.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReachQuery {
    /// `tree`: to the item and all that it is made of, what it gets later included; `item` if absent. They stand beside each other.
    pub scope: Option<Reach>,
}

/// A page of subscriptions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subscriptions {
    /// The subscriptions: items, oldest first, then trees, then patterns.
    pub subscriptions: Vec<Subscription>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// Whose workstations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Scope {
    /// Everybody's, for admins.
    pub all: Option<bool>,
}
