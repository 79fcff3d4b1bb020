//! What goes in and out.

use baton_core::number::bounded;
use baton_core::text;
use baton_core::{Problem, Result};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a command is open where nothing is said, and at most, in seconds: a day, as what is asked for on one day is of no use
/// on the next.
const EXPIRES_DEFAULT: i64 = 300;
const EXPIRES_MAX: i64 = 86_400;

/// The largest `data`, in bytes as JSON: events carry it.
const DATA_MAX: usize = 8 * 1024;

/// The members of `data` that mean something to Baton's own clients.
const KNOWN_MEMBERS: [&str; 3] = ["message", "session_id", "part_number"];

/// What a workstation is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommandType)]
pub enum Kind {
    /// To keep what it has as the draft.
    Save,
    /// To release what it holds.
    Release,
    /// To show something to its user: `data.message`.
    Message,
}

impl Kind {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Release => "release",
            Self::Message => "message",
        }
    }
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommandState)]
pub enum State {
    /// The workstation hasn't been told yet.
    Pending,
    /// It has been told: a poll or a stream of its has had the event.
    Sent,
    /// It has said that it has heard.
    Acknowledged,
    /// It has done it.
    Done,
    /// It couldn't; or it is gone, or the session that this was about has ended.
    Failed,
    /// It hasn't said anything in time.
    Expired,
}

impl State {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

/// How long a command is open, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 86400)]
pub struct ExpiresInSeconds(i64);

impl<'de> Deserialize<'de> for ExpiresInSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, 1, EXPIRES_MAX).map(Self)
    }
}

/// A command to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GiveCommand)]
pub struct Give {
    /// What is to be done.
    pub r#type: Kind,
    /// Whatever else is to be said, an object of up to 8,192 bytes: `message` for people; `session_id` or `part_number` where it is
    /// about one of the sessions alone.
    #[schema(value_type = Option<Object>)]
    data: Option<Map<String, Value>>,
    /// How long it is open; 300 seconds if absent.
    expires_in_seconds: Option<ExpiresInSeconds>,
}

impl Give {
    /// `data` as JSON: 422 if it is too large, or if what people see, or what says which session is meant, isn't text that can be
    /// seen.
    pub fn data(&self) -> Result<String> {
        for name in KNOWN_MEMBERS {
            let member = self.data.as_ref().and_then(|data| data.get(name));
            let detail = match member {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => text::check_seen(text).err(),
                Some(_) => Some("must be text".to_owned()),
            };
            if let Some(detail) = detail {
                return Err(Problem::invalid(format!("data.{name}"), detail));
            }
        }
        let data = serde_json::to_string(self.data.as_ref().unwrap_or(&Map::new())).map_err(Problem::unavailable)?;
        if data.len() > DATA_MAX {
            return Err(Problem::invalid("data", format!("may have {DATA_MAX} bytes")));
        }
        Ok(data)
    }

    /// How long it is open, in seconds.
    pub fn expires_in_seconds(&self) -> i64 {
        self.expires_in_seconds.map_or(EXPIRES_DEFAULT, |seconds| seconds.0)
    }
}

/// What the workstation says besides; the body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CommandMessage)]
pub struct Message {
    /// For who sent the command.
    pub message: Option<text::Message>,
}

/// A command to a workstation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// The command's id.
    pub id: Uuid,
    /// The workstation.
    pub workstation_id: Uuid,
    /// What is to be done.
    pub r#type: Kind,
    /// What else was said.
    #[schema(value_type = Object)]
    pub data: Value,
    /// Who sent it.
    pub sender: String,
    /// How far it has come.
    pub state: State,
    /// What the workstation said last.
    pub message: Option<String>,
    /// When it was given.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the workstation was told.
    #[schema(format = DateTime)]
    pub sent_at: Option<String>,
    /// When the workstation said that it had heard.
    #[schema(format = DateTime)]
    pub acknowledged_at: Option<String>,
    /// When it was over.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// When it is over at the latest.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_command_is_bounded() {
        let give = |body: Value| from_value::<Give>(body).ok().and_then(|give| give.data().ok());
        assert_eq!(give(json!({ "type": "save" })).as_deref(), Some("{}"));
        assert_eq!(give(json!({ "type": "message", "data": null })).as_deref(), Some("{}"));
        assert_eq!(give(json!({ "type": "release", "data": { "a": [1] } })).as_deref(), Some(r#"{"a":[1]}"#));
        for bad in [
            json!({}),
            json!({ "type": "shutdown" }),
            json!({ "type": "save", "data": [] }),
            json!({ "type": "save", "data": "x" }),
            json!({ "type": "save", "data": { "a": "x".repeat(DATA_MAX) } }),
            json!({ "type": "message", "data": { "message": 1 } }),
            json!({ "type": "message", "data": { "message": "\u{202e}" } }),
            json!({ "type": "release", "data": { "session_id": [] } }),
            json!({ "type": "save", "data": { "part_number": {} } }),
            json!({ "type": "save", "expires_in_seconds": 0 }),
            json!({ "type": "save", "expires_in_seconds": 86_401 }),
            json!({ "type": "save", "expires_in_seconds": 1.5 }),
        ] {
            assert_eq!(give(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn words_are_those_of_the_database() {
        for kind in [Kind::Save, Kind::Release, Kind::Message] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for state in [State::Pending, State::Sent, State::Acknowledged, State::Done, State::Failed, State::Expired] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
