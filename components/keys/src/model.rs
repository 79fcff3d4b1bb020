//! What goes in and out.

use baton_core::auth::{Role, Scope};
use baton_core::number::bounded;
use baton_core::text::Name;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The longest life of a key, in days.
const DAYS_MAX: i64 = 3_650;

/// The longest time for which a secret holds beside the one that replaces it, in minutes.
const GRACE_MAX: i64 = 1_440;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Create {
    /// What people call it.
    pub name: Name,
    /// At most one's own; one's own if absent.
    pub role: Option<Role>,
    /// After how many days it ends; never if absent.
    pub expires_in_days: Option<Days>,
    /// What it may be used for; all that the role allows if absent.
    #[serde(default, deserialize_with = "scopes")]
    #[schema(min_items = 1)]
    pub scopes: Option<Vec<Scope>>,
}

/// How a secret is replaced. The body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Rotate {
    /// For how many minutes the old secret still holds; 0 if absent.
    pub grace_minutes: Option<GraceMinutes>,
}

/// A number of days: 1 to 3,650.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 3650)]
pub struct Days(pub i64);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, 1, DAYS_MAX).map(Self)
    }
}

/// A number of minutes: 0 to 1,440.
#[derive(Clone, Copy, Debug, Default, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 1440)]
pub struct GraceMinutes(pub i64);

impl<'de> Deserialize<'de> for GraceMinutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, 0, GRACE_MAX).map(Self)
    }
}

/// Each scope once. A key that may nothing is a mistake.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Scope>>, D::Error> {
    let Some(mut scopes) = Option::<Vec<Scope>>::deserialize(deserializer)? else { return Ok(None) };
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() { Err(de::Error::custom("must name a scope, or be left out")) } else { Ok(Some(scopes)) }
}

/// A key, without its secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// The key's id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Who calls with it.
    pub user: String,
    /// That user's role then.
    pub role: Role,
    /// What it may be used for; null for all that the role allows.
    pub scopes: Option<Vec<Scope>>,
    /// How its secret begins.
    #[schema(example = "baton_0f3a9c21")]
    pub prefix: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// From this instant on it counts for nothing; null if it has no end.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// When its secret was replaced last.
    #[schema(format = DateTime)]
    pub rotated_at: Option<String>,
    /// When it was used last, to some seconds.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
    /// How often it was used; uses of the last seconds may not be counted yet.
    pub use_count: i64,
}

/// A key with its new secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyWithSecret {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// The secret: what a request carries as its bearer token.
    #[schema(example = "baton_0f3a9c21…")]
    pub secret: String,
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The keys, oldest first.
    pub keys: Vec<Key>,
    /// Where the next page begins; null at the end.
    pub cursor: Option<String>,
}

/// Whose keys to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// Everybody's, for admins.
    pub all: Option<bool>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn reads<T: serde::de::DeserializeOwned>(value: Value) -> bool {
        serde_json::from_value::<T>(value).is_ok()
    }

    #[test]
    fn bounds() {
        for (days, fits) in [(0, false), (1, true), (3_650, true), (3_651, false)] {
            assert_eq!(reads::<Create>(json!({ "name": "ci", "expires_in_days": days })), fits, "{days}");
        }
        for (minutes, fits) in [(-1, false), (0, true), (1_440, true), (1_441, false)] {
            assert_eq!(reads::<Rotate>(json!({ "grace_minutes": minutes })), fits, "{minutes}");
        }
    }

    #[test]
    fn scopes_are_named_once_or_not_at_all() {
        let read = |scopes: Value| serde_json::from_value::<Create>(json!({ "name": "ci", "scopes": scopes }));
        assert_eq!(read(json!(["edit", "read", "edit"])).unwrap().scopes, Some(vec![Scope::Read, Scope::Edit]));
        assert_eq!(read(Value::Null).unwrap().scopes, None);
        for bad in [json!([]), json!(["root"]), json!("read"), json!([null])] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}
