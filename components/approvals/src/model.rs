//! What goes in and out.

use baton_core::approval::{Approval, Decision};
use baton_core::text::{Message, Name};
use baton_core::workflow::{Refusal, Workflow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A signature to give.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Sign {
    /// Yes or no.
    pub decision: Decision,
    /// Why.
    pub comment: Option<Message>,
    /// The gate that it is for, by its role or its label; if absent, the open one that the fewest roles can sign.
    pub gate: Option<Name>,
}

/// Which approvals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those in this state.
    pub state: Option<String>,
}

/// A page of approvals.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approvals {
    /// The approvals, oldest first.
    pub approvals: Vec<Approval>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// The workflows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workflows {
    /// Those that can be used.
    pub workflows: Vec<Workflow>,
    /// The files that can't, and why.
    pub refused: Vec<Refusal>,
    /// Always null: the list is whole.
    pub cursor: Option<String>,
}
