//! The SQL of sending. Everything that one round of a sender's writes is one statement.

use baton_core::Result;
use baton_core::db::{Database, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::request::RequestContext;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::Format;

/// For how long a lease holds: longer than an attempt may take.
const LEASE: &str = "+30 seconds";

/// How many deliveries one round writes down at most, if it isn't those of a single event: whoever makes a change waits as long.
const NEW_MAX: i64 = 500;

/// What is to be sent.
#[derive(Debug, Deserialize)]
pub struct Claim {
    /// The delivery's id.
    pub id: String,
    /// For which webhook.
    pub webhook_id: String,
    /// Where to.
    pub url: String,
    /// In which format.
    pub format: Format,
    /// The sealed secrets: today's, and the one before while it signs as well.
    pub secret: String,
    /// See `secret`.
    pub previous_secret: Option<String>,
    /// The time by the database's clock, in seconds since the Unix epoch.
    pub time: i64,
    /// The event, as it is sent.
    pub event: Box<RawValue>,
    /// Whom it concerns, where it doesn't say that by itself.
    #[serde(default)]
    pub people: People,
}

/// Who is meant by an event.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct People {
    /// Whose session it is about.
    pub holder: Option<String>,
    /// Whose request it is about.
    pub requester: Option<String>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// 2xx.
    Delivered,
    /// Anything else.
    Failed,
    /// 410: the receiver wants nothing any more.
    Gone,
}

/// An attempt, as it is noted.
#[derive(Debug, Serialize)]
pub struct Noted {
    /// The delivery's id.
    pub id: String,
    /// The lease that it was sent under.
    pub lease: String,
    /// What came of it.
    pub outcome: Came,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The beginning of the answer, or why there is none.
    pub answer: String,
}

/// What a round came to.
#[derive(Debug)]
pub struct Round {
    /// The lease that holds for what is to be sent.
    pub lease: String,
    /// What is to be sent.
    pub claims: Vec<Claim>,
    /// Whether there is more already.
    pub is_due: bool,
    /// In how many seconds there is more; none if nothing is left.
    pub pause: Option<f64>,
}

/// Notes what attempts have come to, and takes up to `room` deliveries that are to be sent now.
pub async fn round(database: &Database, noted: &[Noted], room: usize) -> Result<Round> {
    let (lease, cause) = (new_id().to_string(), RequestContext::of_none().cause("system"));
    let row = database
        .row(
            "INSERT INTO do_send_webhooks (lease, until, room, batch, attempts, cause)
             VALUES (?, ?, ?, (SELECT max(1, ? / max(1, count(*))) FROM webhooks WHERE enabled), ?, ?)
             RETURNING (SELECT json_group_array(json(c.document)) FROM webhook_claims c WHERE c.lease = do_send_webhooks.lease),
                       (SELECT p.seconds FROM webhook_pauses p WHERE do_send_webhooks.room >= 0),
                       EXISTS (SELECT 1 FROM webhook_work WHERE do_send_webhooks.room >= 0),
                       (SELECT announcement FROM announcements WHERE change_id = do_send_webhooks.cause ->> '$.change')",
            params![
                lease.as_str(),
                LEASE,
                i64::try_from(room).unwrap_or(i64::MAX),
                NEW_MAX,
                serde_json::to_string(noted).unwrap_or_else(|_| "[]".to_owned()),
                cause.json,
            ],
        )
        .await?;
    let Some(row) = row else { return Ok(Round { lease, claims: Vec::new(), is_due: false, pause: None }) };
    announce(row.json(3)?);
    let is_due = row.get(2).unwrap_or(false);
    Ok(Round { lease, claims: row.json(0)?.unwrap_or_default(), is_due, pause: row.get(1) })
}

/// Finds out, without writing, whether there is anything to do, and in how many seconds there will be.
pub async fn look(database: &Database) -> Result<(bool, Option<f64>)> {
    let statement = "SELECT EXISTS (SELECT 1 FROM webhook_work), (SELECT seconds FROM webhook_pauses)";
    let row = database.row(statement, params![]).await?;
    Ok(row.map_or((false, None), |row| (row.get(0).unwrap_or(false), row.get(1))))
}

/// Whether this instance is the one that stays awake for what is to be sent later; for a little more than it sleeps at once.
pub async fn stays(database: &Database, holder: &str) -> Result<bool> {
    let statement = "INSERT INTO webhook_watch (id, holder, until) VALUES (1, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+15 seconds'))
        ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE until <= (SELECT now FROM clock) OR holder = excluded.holder
        RETURNING holder";
    Ok(database.row(statement, params![holder]).await?.is_some())
}

/// A sealed secret of a webhook.
#[derive(Debug, Deserialize)]
pub struct Sealed {
    /// The webhook.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// All secrets as they are kept.
pub async fn secrets(database: &Database) -> Result<Vec<Sealed>> {
    let statement = "SELECT json_object('id', id, 'secret', secret) FROM webhooks ORDER BY seq";
    let rows = database.rows(statement, params![]).await?;
    rows.iter().filter_map(|row| row.json(0).transpose()).collect()
}

/// Keeps a secret that was sealed again, unless it has been replaced meanwhile.
pub async fn reseal(database: &Database, old: &Sealed, secret: &str) -> Result<()> {
    let statement = "UPDATE webhooks SET secret = ? WHERE id = ? AND secret = ?";
    database.rows(statement, params![secret, old.id.as_str(), old.secret.as_str()]).await.map(drop)
}
