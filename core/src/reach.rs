//! How far a session, a request or a subscription reaches (contract, "Many parts at once").

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far it reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The item, or one object in it.
    #[default]
    Item,
    /// The item and all that it is made of, what it gets later included.
    Tree,
}

impl Reach {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Tree => "tree",
        }
    }
}
