//! Who may what on which item (contract, "Teams and access"). That is decided by the views of `schema/definitions/access.sql`
//! alone, in the statement that reads or changes; here is what a statement is told of the caller, and how its outcome is answered
//! (docs/rights.md).

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::db::{Database, params};
use crate::{Problem, Result, expiry};

/// The role of the gate that the leads of an item may sign.
pub const LEAD_GATE: &str = "lead";

/// What is kept from a caller: the column `may` of the view `rights`, or of `barred`. As long as access was never set, and for
/// admins, there is none, and nothing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "i64")]
pub enum May {
    /// Not even to know of it.
    Nothing,
    /// To look at it.
    View,
    /// To edit it.
    Edit,
    /// To override others there, and sign as a lead.
    Lead,
}

impl From<i64> for May {
    fn from(number: i64) -> Self {
        match number {
            ..1 => Self::Nothing,
            1 => Self::View,
            2 => Self::Edit,
            3.. => Self::Lead,
        }
    }
}

/// What a rule allows the members of a team, and what the default allows everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessRight)]
pub enum Right {
    /// To look.
    View,
    /// To edit.
    Edit,
    /// To edit; its leads are leads there.
    Lead,
}

impl Right {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Edit => "edit",
            Self::Lead => "lead",
        }
    }
}

/// The user whom the views of `access.sql` are asked about: null for an admin, who may all.
pub fn subject(caller: &Caller) -> Option<String> {
    (!caller.is_admin()).then(|| caller.user.clone())
}

/// A condition of a list: that an item isn't hidden from the user for whom the placeholder stands. As long as access was never set it
/// costs nothing for each row.
pub fn visible(subject: &str, part_number: &str) -> String {
    format!(
        "(NOT EXISTS (SELECT 1 FROM access_settings)
          OR NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array({subject}, {part_number}))))"
    )
}

/// What the caller may on an item, whether there is one of this part number or not.
pub async fn may(database: &Database, caller: &Caller, part_number: &str) -> Result<Option<May>> {
    let statement = "SELECT may FROM rights WHERE want = json_array(json_array(?, ?))";
    let row = database.row(statement, params![subject(caller), part_number]).await?;
    Ok(row.and_then(|row| row.get::<i64>(0)).map(May::from))
}

/// Records what time has brought about, before a list is read that is about one item. 404 where that is hidden from the caller.
pub async fn look(database: &Database, caller: &Caller, part_number: &str, unknown: fn() -> Problem) -> Result<()> {
    let statement = "SELECT EXISTS (SELECT 1 FROM due),
                            EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, ?)))";
    let row = database.row(statement, params![subject(caller), part_number]).await?;
    let flag = |column| row.as_ref().and_then(|row| row.get::<bool>(column)).unwrap_or(false);
    if flag(1) {
        return Err(unknown());
    }
    if flag(0) {
        expiry::record_due(database, &caller.request).await?;
    }
    Ok(())
}

/// The answer to a change that asked for the right to edit: `unknown` where the item is hidden, as for one that isn't there; 403
/// `not_yours` where the caller may only look at it.
pub fn require_edit(may: Option<May>, unknown: fn() -> Problem) -> Result<()> {
    match may {
        Some(May::Nothing) => Err(unknown()),
        Some(May::View) => Err(not_yours("you may view this, and not edit it")),
        _ => Ok(()),
    }
}

/// 404 unless the caller may see the item; 403 unless an admin or a lead of it.
pub async fn require_lead(caller: &Caller, part_number: &str, unknown: fn() -> Problem) -> Result<()> {
    if caller.is_admin() {
        return Ok(());
    }
    match may(&Database::open().await?, caller, part_number).await? {
        Some(May::Lead) => Ok(()),
        Some(May::Nothing) => Err(unknown()),
        _ => Err(Problem::forbidden("this needs the role admin, or to be a lead of this part")),
    }
}

/// 403 `not_yours`.
pub fn not_yours(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "not_yours", detail)
}

/// The answer about an item that nobody has seen yet, or that the caller may not see.
pub fn unknown_item() -> Problem {
    Problem::not_found("nobody has acquired or watched this part")
}

/// The answer about a session that there never was on that item, or that the caller may not see.
pub fn unknown_session() -> Problem {
    Problem::not_found("this item has no such session")
}
