//! What goes in and out.

use baton_core::event_type::TypePattern;
use baton_core::pattern::Pattern;
use baton_core::text::Name;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How many patterns a webhook has at most.
const PATTERNS_MAX: usize = 100;

/// The longest pattern of part numbers, in characters.
const PATTERN_MAX: usize = 1_100;

/// What a receiver is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookFormat)]
pub enum Format {
    /// The event as in `/api/events`, by Standard Webhooks.
    #[default]
    Standard,
    /// A message for an incoming webhook of Slack, or whatever takes the same.
    Slack,
    /// A message with an adaptive card, as workflows of Microsoft Teams take it.
    Teams,
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateWebhook)]
pub struct Create {
    /// Where its requests go: `https`, and globally reachable. What stands in `webhook_hosts` may be otherwise.
    #[schema(max_length = 2000, pattern = "^https://([a-z0-9]+(-[a-z0-9]+)*\\.)+[a-z]{2,20}(/[A-Za-z0-9._~-]*)*$")]
    pub url: String,
    /// Which events: types, which may end in `*`; all if absent.
    #[serde(default, deserialize_with = "events")]
    #[schema(min_items = 1, max_items = 100, value_type = Option<Vec<KnownTypePattern>>)]
    pub events: Option<Vec<TypePattern>>,
    /// On which items: a part number, or how those or `repository/path` begin and a `*`; on all, and on none, if absent.
    #[serde(default)]
    #[schema(value_type = Option<ItemPattern>)]
    pub part_number: Option<ItemPattern>,
    /// What is sent; `standard` if absent.
    pub format: Option<Format>,
    /// What it is for.
    pub description: Option<Name>,
}

/// What of a webhook is to be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ChangeWebhook)]
pub struct Change {
    /// Where its requests go.
    #[schema(max_length = 2000, pattern = "^https://([a-z0-9]+(-[a-z0-9]+)*\\.)+[a-z]{2,20}(/[A-Za-z0-9._~-]*)*$")]
    pub url: Option<String>,
    /// Which events.
    #[serde(default, deserialize_with = "events")]
    #[schema(min_items = 1, max_items = 100, value_type = Option<Vec<KnownTypePattern>>)]
    pub events: Option<Vec<TypePattern>>,
    /// On which items; null for all.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ItemPattern>)]
    pub part_number: Option<Option<ItemPattern>>,
    /// What is sent.
    pub format: Option<Format>,
    /// What it is for; null for nothing that is said.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Name>)]
    pub description: Option<Option<Name>>,
    /// Whether it is on. What happens while it is off is not sent to it afterwards.
    pub enabled: Option<bool>,
}

/// A part number, or how names of items begin and a `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^([A-Za-z0-9][A-Za-z0-9._~-]{0,126}[*]?|[*])$", example = "F01-*")]
pub struct ItemPattern(String);

impl<'de> Deserialize<'de> for ItemPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() > PATTERN_MAX {
            return Err(de::Error::custom(format!("must have at most {PATTERN_MAX} characters")));
        }
        Pattern::parse_names(&text).map_err(de::Error::custom)?;
        Ok(Self(text))
    }
}

impl ItemPattern {
    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For the description alone: a pattern that some type fits.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^([*]|(approval|edit|webhook|workstation)[.][*]|edit[.](session_[*]|handoff_requested))$",
    example = "edit.*")]
#[allow(dead_code, reason = "it stands in the description of the API")]
pub struct KnownTypePattern(String);

/// Each pattern once; as many may be named as the description says, also if some are the same. One that no event fits is a mistake,
/// as are none at all.
fn events<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<TypePattern>>, D::Error> {
    let Some(mut events) = Option::<Vec<TypePattern>>::deserialize(deserializer)? else { return Ok(None) };
    if events.is_empty() || events.len() > PATTERNS_MAX {
        return Err(de::Error::custom(format!("must name 1 to {PATTERNS_MAX} types, or be left out")));
    }
    events.sort_unstable();
    events.dedup();
    match events.iter().find(|pattern| !pattern.fits_any()) {
        Some(pattern) => Err(de::Error::custom(format!("no event is of a type that fits {:?}", pattern.as_str()))),
        None => Ok(Some(events)),
    }
}

/// Tells null from what isn't there.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Where its requests go.
    pub url: String,
    /// Which events: types, which may end in `*`.
    pub events: Vec<String>,
    /// On which items; null for all.
    pub part_number: Option<String>,
    /// What is sent.
    pub format: Format,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// When it was turned off; null as long as it is on.
    #[schema(format = DateTime)]
    pub disabled_at: Option<String>,
    /// Why: `asked`, `gone` (the receiver answered 410) or `failing` (for five days).
    pub disabled_reason: Option<String>,
    /// Since when nothing has been delivered, as attempts failed; null if the last one didn't.
    #[schema(format = DateTime)]
    pub failing_since: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When its secret was replaced last.
    #[schema(format = DateTime)]
    pub rotated_at: Option<String>,
}

/// A webhook with its new secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// The secret that its requests are signed with (Standard Webhooks).
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

/// A page of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhooks {
    /// The webhooks, oldest first.
    pub webhooks: Vec<Webhook>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub enum State {
    /// It is yet to be sent, or to be sent again.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It is not sent again unless somebody asks for that.
    Failed,
}

impl State {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One attempt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub struct Attempt {
    /// When it began.
    #[schema(format = DateTime)]
    pub at: String,
    /// The status of the answer; null if none came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The first 1,000 characters of the answer, or why there is none.
    pub answer: String,
}

/// An event for a webhook.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    /// Its id, which is the header `webhook-id` of each attempt.
    pub id: Uuid,
    /// For which webhook.
    pub webhook_id: Uuid,
    /// The event, as in `/api/events`.
    #[schema(value_type = Object)]
    pub event: Value,
    /// What has become of it.
    pub state: State,
    /// When it was written down.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it is sent, or sent again; null if it isn't, or if it waits for another one of its item.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// The last 20 attempts, oldest first.
    pub attempts: Vec<Attempt>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDeliveries)]
pub struct Deliveries {
    /// The deliveries, newest first.
    pub deliveries: Vec<Delivery>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfState {
    /// Only those of which this has become.
    #[param(inline)]
    pub state: Option<State>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_named_and_known() {
        let read = |events: Value| {
            serde_json::from_value::<Create>(json!({ "url": "https://a.example", "events": events }))
                .map(|it| it.events)
        };
        assert_eq!(read(json!(["edit.*", "edit.*", "*"])).unwrap().unwrap().len(), 2);
        assert_eq!(read(Value::Null).unwrap(), None);
        assert_eq!(read(json!(vec!["*"; 100])).unwrap().unwrap().len(), 1);
        assert!(read(json!(vec!["*"; 101])).is_err());
        for bad in [json!([]), json!(["edit.nothing"]), json!(["x*"]), json!("edit.*"), json!([1]), json!(["a*b"])] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn null_is_told_from_nothing() {
        let read = |body: Value| serde_json::from_value::<Change>(body).unwrap().part_number;
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!({ "part_number": null })), Some(None));
        assert_eq!(read(json!({ "part_number": "F01-*" })), Some(Some(ItemPattern("F01-*".to_owned()))));
        for bad in ["", "**", "F*1", "F01 1"] {
            assert!(serde_json::from_value::<Change>(json!({ "part_number": bad })).is_err(), "{bad}");
        }
    }
}
