//! What goes in and out.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

/// Which workstation to register.
#[derive(Deserialize)]
pub struct Register {
    /// What people call it.
    pub name: String,
    /// What tells it from others.
    pub fingerprint: String,
}

/// What to acquire, for which workstation.
#[derive(Deserialize)]
pub struct Acquire {
    /// One of the caller's own.
    pub workstation_id: Uuid,
    /// `part` if absent.
    pub context_level: Option<String>,
    /// One object in the item; the whole item if absent.
    pub object_id: Option<String>,
    /// How long the session lasts, in seconds.
    pub ttl_seconds: Option<u32>,
}

/// A client installation.
#[derive(Serialize)]
pub struct Workstation {
    id: Uuid,
    user: String,
    name: String,
    fingerprint: String,
    last_seen: Time,
    created_at: Time,
}

/// The right to edit an item, or one object in it.
#[derive(Serialize)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    item_id: Uuid,
    part_number: String,
    /// The holder.
    pub user: String,
    /// The holder's workstation.
    pub workstation_id: Uuid,
    context_level: String,
    /// The object that it covers.
    pub object_id: Option<String>,
    fence: i64,
    /// When it was granted.
    pub acquired_at: Time,
    renewed_at: Time,
    /// From this instant on it counts for nothing.
    pub expires_at: Time,
    /// Why it is over; none while it is active.
    #[serde(skip)]
    pub reason: Option<String>,
}

/// An instant, in RFC 3339 with milliseconds.
pub struct Time(DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true).serialize(serializer)
    }
}

impl TryFrom<Row> for Workstation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.try_get("id")?,
            user: row.try_get("user")?,
            name: row.try_get("name")?,
            fingerprint: row.try_get("fingerprint")?,
            last_seen: Time(row.try_get("last_seen")?),
            created_at: Time(row.try_get("created_at")?),
        })
    }
}

impl TryFrom<Row> for Session {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let (expires_at, ended): (DateTime<Utc>, Option<String>) =
            (row.try_get("expires_at")?, row.try_get("end_reason")?);
        Ok(Self {
            id: row.try_get("id")?,
            item_id: row.try_get("item_id")?,
            part_number: row.try_get("part_number")?,
            user: row.try_get("user")?,
            workstation_id: row.try_get("workstation_id")?,
            context_level: row.try_get("context_level")?,
            object_id: row.try_get("object_id")?,
            fence: row.try_get("fence")?,
            acquired_at: Time(row.try_get("acquired_at")?),
            renewed_at: Time(row.try_get("renewed_at")?),
            reason: ended.or_else(|| (expires_at <= Utc::now()).then(|| "expired".to_owned())),
            expires_at: Time(expires_at),
        })
    }
}
