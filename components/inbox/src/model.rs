//! What goes in and out.

use std::borrow::Cow;

use baton_core::event_type::TypePattern;
use baton_core::page::cursor;
use baton_core::{Problem, Result};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

/// How many entries are named at once, and how many patterns are muted, at most.
const IDS_MAX: usize = 1_000;
const MUTED_MAX: usize = 100;

/// How pressing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Requests, force-releases, approvals.
    High,
    /// Anything else.
    Normal,
}

impl Priority {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// Only what hasn't been read.
    pub unread: Option<bool>,
    /// Only what is as pressing.
    #[param(inline)]
    pub priority: Option<Priority>,
}

/// An event that concerns the caller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = InboxEntry)]
pub struct Entry {
    /// The event's id.
    pub id: String,
    /// What happened.
    #[schema(example = "edit.handoff_requested")]
    pub r#type: String,
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// On which item.
    pub item_id: Option<Uuid>,
    /// Its part number.
    pub part_number: Option<String>,
    /// What the type says of it.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When it was marked as read; null if it hasn't been.
    #[schema(format = DateTime)]
    pub read_at: Option<String>,
    /// How pressing it is.
    pub priority: Priority,
}

/// A page of the inbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboxEntries)]
pub struct Entries {
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// How much hasn't been read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Unread {
    /// How many entries.
    #[schema(minimum = 0)]
    pub unread: i64,
}

/// What is to be marked as read: one of the two, or both.
#[derive(Debug, Deserialize)]
pub struct Read {
    /// These entries.
    ids: Option<Vec<EntryId>>,
    /// All up to this one, which is included.
    through: Option<EntryId>,
}

impl PartialSchema for Read {
    fn schema() -> RefOr<Schema> {
        let ids = ArrayBuilder::new().items(EntryId::schema()).max_items(Some(IDS_MAX));
        let these = ObjectBuilder::new().property("ids", ids).required("ids");
        let up_to = ObjectBuilder::new().property("through", EntryId::schema()).required("through");
        AnyOfBuilder::new().item(these).item(up_to).description(Some("These entries, or all up to one.")).into()
    }
}

impl ToSchema for Read {
    fn name() -> Cow<'static, str> {
        "MarkAsRead".into()
    }
}

/// The id of an entry: that of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{1,18}$", example = "42")]
pub struct EntryId(i64);

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        cursor(&text).map(Self).map_err(|_| de::Error::custom("must be the id of an event"))
    }
}

/// A checked [`Read`].
#[derive(Debug, PartialEq, Eq)]
pub struct Marked {
    /// These entries.
    pub ids: Vec<i64>,
    /// All up to this one.
    pub through: Option<i64>,
}

impl Read {
    /// 422 unless one of the two is given.
    pub fn check(self) -> Result<Marked> {
        if self.ids.is_none() && self.through.is_none() {
            return Err(Problem::invalid("ids", "ids or through is to be given"));
        }
        let ids: Vec<i64> = self.ids.unwrap_or_default().iter().map(|id| id.0).collect();
        if ids.len() > IDS_MAX {
            return Err(Problem::invalid("ids", format!("may name {IDS_MAX} entries")));
        }
        Ok(Marked { ids, through: self.through.map(|id| id.0) })
    }
}

/// What a user has set.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// The types of events that don't come into the inbox. They are heard as before.
    #[serde(deserialize_with = "muted")]
    #[schema(max_items = 100)]
    pub muted: Vec<TypePattern>,
}

/// Each pattern once. As many may be named as the description says, also if some are the same.
fn muted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TypePattern>, D::Error> {
    let mut muted = Vec::<TypePattern>::deserialize(deserializer)?;
    if muted.len() > MUTED_MAX {
        return Err(de::Error::custom(format!("may name {MUTED_MAX} patterns")));
    }
    muted.sort_unstable();
    muted.dedup();
    Ok(muted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    #[test]
    fn entries_are_named_or_counted_up_to() {
        let read = |body: Value| from_value::<Read>(body).ok().and_then(|read| read.check().ok());
        assert_eq!(read(json!({ "ids": ["7", "9"] })), Some(Marked { ids: vec![7, 9], through: None }));
        assert_eq!(read(json!({ "ids": [] })), Some(Marked { ids: vec![], through: None }));
        assert_eq!(read(json!({ "through": "9" })), Some(Marked { ids: vec![], through: Some(9) }));
        let many: Vec<_> = (0..1_001).map(|id| id.to_string()).collect();
        for bad in [
            json!({}),
            json!({ "ids": [7] }),
            json!({ "ids": ["-1"] }),
            json!({ "through": "" }),
            json!({ "ids": many }),
        ] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn patterns() {
        let muted = |body: Value| from_value::<Preferences>(json!({ "muted": body })).map(|it| it.muted.len()).ok();
        assert_eq!(muted(json!(["edit.*", "*", "edit.*", "approval.created"])), Some(3));
        assert_eq!(muted(json!([])), Some(0));
        assert_eq!(muted(json!(vec!["edit.*"; 100])), Some(1));
        assert_eq!(muted(json!(vec!["edit.*"; 101])), None);
        for bad in
            [json!([""]), json!(["a*b"]), json!(["**"]), json!(["[a]"]), json!(["Edit.*"]), json!([1]), json!("*")]
        {
            assert_eq!(muted(bad.clone()), None, "{bad}");
        }
    }
}
