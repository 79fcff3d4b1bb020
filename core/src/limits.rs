//! What one user may take (contract, "Limits"). The database counts, in the statement of the change and by triggers that refuse
//! it (`schema/definitions/limits.sql`); an instance tells them how far they may go, in the change's cause, and explains a refusal.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::db::{Database, params};
use crate::{Problem, Result, config};

/// How the triggers begin what they refuse with; the quota follows, if it is one.
const RATE_REFUSED: &str = "refused by the rate of changes";
const QUOTA_REFUSED: &str = "refused by the quota of ";

/// How many users that are past their rate an instance remembers.
const REMEMBERED_MAX: usize = 10_000;

thread_local! {
    /// Until when the changes of users are refused without asking the database.
    static PAST_RATE: RefCell<HashMap<String, Instant>> = RefCell::default();
}

/// What a user has a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// Workstations.
    Workstations,
    /// Items and patterns that workstations watch because they were told to.
    Subscriptions,
    /// Active edit sessions.
    Sessions,
    /// Pending requests for handoff.
    Requests,
    /// Bytes of checkpoints and drafts.
    CheckpointBytes,
    /// Reserved times that aren't over, of each part.
    Reservations,
}

impl Quota {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Workstations,
        Self::Subscriptions,
        Self::Sessions,
        Self::Requests,
        Self::CheckpointBytes,
        Self::Reservations,
    ];

    /// The word in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workstations => "workstations",
            Self::Subscriptions => "subscriptions",
            Self::Sessions => "sessions",
            Self::Requests => "requests",
            Self::CheckpointBytes => "checkpoint_bytes",
            Self::Reservations => "reservations",
        }
    }

    /// How much a user may have; 0 for no bound.
    pub async fn limit(self) -> Result<u64> {
        match self {
            Self::Workstations => config::parsed("quota_workstations", 50).await,
            Self::Subscriptions => config::parsed("quota_subscriptions", 5_000).await,
            Self::Sessions => config::parsed("quota_sessions", 10_000).await,
            Self::Requests => config::parsed("quota_requests", 500).await,
            Self::CheckpointBytes => config::parsed("quota_checkpoint_bytes", 10 * 1024 * 1024 * 1024).await,
            Self::Reservations => config::parsed("quota_reservations", 10_000).await,
        }
    }

    /// What a change came to that counts against this quota: if it was refused for that, or for another one that it counts against,
    /// the answer says how much there is and may be.
    pub async fn explain<T>(self, database: &Database, caller: &Caller, outcome: Result<T>) -> Result<T> {
        match outcome {
            Err(problem) if problem.code() == "quota_exceeded" => {
                let named = problem.extensions().get("quota").and_then(Value::as_str);
                let quota = Self::ALL.into_iter().find(|quota| Some(quota.as_str()) == named).unwrap_or(self);
                let used = usage(database, &caller.user).await?.of(quota);
                Err(quota.exceeded(quota.limit().await?, used))
            }
            outcome => outcome,
        }
    }

    /// 409 `quota_exceeded`.
    pub fn exceeded(self, limit: u64, used: u64) -> Problem {
        let name = self.as_str();
        Problem::conflict(
            "quota_exceeded",
            format!("the quota of {name} is {limit} for each user, and {used} are taken"),
        )
        .with("quota", name.into())
        .with("limit", limit.into())
        .with("used", used.into())
    }
}

/// How much a user has of everything that has a quota.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Usage {
    workstations: u64,
    subscriptions: u64,
    sessions: u64,
    requests: u64,
    checkpoint_bytes: u64,
    reservations: u64,
}

impl Usage {
    /// How much there is of this.
    pub fn of(self, quota: Quota) -> u64 {
        match quota {
            Quota::Workstations => self.workstations,
            Quota::Subscriptions => self.subscriptions,
            Quota::Sessions => self.sessions,
            Quota::Requests => self.requests,
            Quota::CheckpointBytes => self.checkpoint_bytes,
            Quota::Reservations => self.reservations,
        }
    }
}

/// Counts what a user has, as the triggers do.
pub async fn usage(database: &Database, user: &str) -> Result<Usage> {
    let statement = "SELECT json_object(
            'workstations', (SELECT count(*) FROM workstations w WHERE w.user = u.user),
            'subscriptions', coalesce((SELECT a.count FROM asked_subscriptions a WHERE a.user = u.user), 0),
            'sessions', (SELECT count(*) FROM sessions s WHERE s.user = u.user AND s.ended_at IS NULL
                                                           AND s.expires_at > (SELECT now FROM clock)),
            'requests', (SELECT count(*) FROM handoff_requests r WHERE r.requester = u.user AND r.status = 'pending'),
            'checkpoint_bytes',
            (SELECT coalesce(sum(c.size), 0) FROM checkpoints c WHERE c.user = u.user)
            + (SELECT coalesce(sum(d.size), 0) FROM sessions s JOIN drafts d ON d.session_id = s.id
               WHERE s.user = u.user AND s.ended_at IS NULL),
            'reservations', (SELECT count(*) FROM reserved_times t WHERE t.user = u.user
                                                                     AND t.ends_at > (SELECT now FROM clock)))
        FROM (SELECT ? AS user) u";
    let usage = database.document(statement, params![user]).await?;
    usage.ok_or_else(|| Problem::unavailable("nothing was counted"))
}

/// What is wrong with a statement that failed: a limit that it would have passed, or storage.
pub(crate) fn explain(error: String) -> Problem {
    if error.contains(RATE_REFUSED) {
        too_many_changes(seconds_left())
    } else if let Some((_, rest)) = error.split_once(QUOTA_REFUSED) {
        let quota = rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap_or_default();
        Problem::conflict("quota_exceeded", "a quota of this user is used up").with("quota", quota.into())
    } else {
        Problem::unavailable(error)
    }
}

/// Whether a statement failed because of what it asked for, and not because of its connection.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn is_refusal(error: &str) -> bool {
    error.contains(RATE_REFUSED) || error.contains(QUOTA_REFUSED)
}

/// 429 for a user who was found to be past the rate of changes, until the minute is over: the database needn't be asked again.
pub(crate) fn check_rate(user: &str) -> Result<()> {
    let now = Instant::now();
    let until = PAST_RATE.with_borrow(|past| past.get(user).copied());
    match until {
        Some(until) if now < until => Err(too_many_changes((until - now).as_secs() + 1)),
        _ => Ok(()),
    }
}

/// Notes that a change of a user was refused for their rate.
pub(crate) fn note_past_rate(user: String) {
    PAST_RATE.with_borrow_mut(|past| {
        if past.len() >= REMEMBERED_MAX {
            past.clear();
        }
        past.insert(user, Instant::now() + Duration::from_secs(seconds_left()));
    });
}

fn too_many_changes(retry_after: u64) -> Problem {
    too_many("too many changes in this minute", retry_after)
}

/// 429 `rate_limited`, with when to try again.
pub fn too_many(detail: &str, retry_after_seconds: u64) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds))
}

/// How much of the minute is left. The database counts by its own clock; where that is another, a client tries again once more.
fn seconds_left() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    60 - now % 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_storage_that_fails() {
        assert_eq!(explain("SQLite error: refused by the rate of changes".to_owned()).code(), "rate_limited");
        let refused = explain("SQLite error: refused by the quota of checkpoint_bytes (19)".to_owned());
        assert_eq!((refused.code(), &refused.extensions()["quota"]), ("quota_exceeded", &"checkpoint_bytes".into()));
        assert_eq!(explain("database is locked".to_owned()).code(), "unavailable");
        assert!(is_refusal("refused by the quota of sessions") && !is_refusal("database is locked"));
    }

    #[test]
    fn who_is_past_the_rate_is_refused_for_the_rest_of_the_minute() {
        assert!(check_rate("alice").is_ok());
        note_past_rate("alice".to_owned());
        assert_eq!(check_rate("alice").unwrap_err().code(), "rate_limited");
        assert!(check_rate("bob").is_ok());
    }

    #[test]
    fn quotas_have_one_name() {
        for quota in Quota::ALL {
            assert_eq!(serde_json::to_value(quota).unwrap(), quota.as_str());
        }
    }
}
