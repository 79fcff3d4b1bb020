//! The provider's keys: asked for on demand, kept for an hour, and asked for again on behalf of a key that isn't known at most once
//! a minute, all of that by the application as a whole. So they lie in the database, where one instance takes it upon itself to
//! ask, and the others read what has come of it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use http::{HeaderValue, StatusCode, header};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;

use super::settings::Settings;
use super::{fetch, forget_verified};
use crate::db::{Database, params};
use crate::{Problem, Result, log, task};

/// How long keys are kept before they are asked for again, in seconds.
const KEPT_SECONDS: f64 = 3_600.0;

/// How long an instance goes by what it has read.
const READ_EVERY: Duration = Duration::from_secs(60);

/// How often another instance's question is looked after, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 60;

/// When a client tries again while the provider is away, in seconds.
const RETRY_AFTER: u64 = 10;

/// Takes it upon oneself to ask: where nobody has asked for a minute, or has been told nothing for ten seconds. Keys that are
/// known and old may be asked for again as soon as they are.
const CLAIM: &str = "
    INSERT INTO oidc_keys (issuer, keys, fetched_at, asked_at, failed) VALUES (?, NULL, NULL, julianday('now'), 0)
    ON CONFLICT (issuer) DO UPDATE SET asked_at = excluded.asked_at, failed = 0
    WHERE abs(excluded.asked_at - asked_at) * 86400 >= iif(failed, 10, 60) RETURNING issuer";

/// What a search for a key has come to.
pub(super) enum Found {
    /// The key.
    Key(Box<Jwk>),
    /// The provider has none like it.
    Unknown,
}

/// What stands in the database.
#[derive(Default, Deserialize)]
struct Kept {
    keys: Option<String>,
    /// Seconds since the keys came.
    age: Option<f64>,
    /// Whether somebody is asking at this moment.
    is_asking: bool,
    /// Whether nothing came when somebody asked last.
    failed: bool,
}

/// What an instance has read.
struct Read {
    text: String,
    keys: JwkSet,
    until: Instant,
}

thread_local! {
    static READ: RefCell<Option<Read>> = const { RefCell::new(None) };
}

/// Finds a key by `choose`.
///
/// Errors: 503 if it isn't known, and the provider can't be asked.
pub(super) async fn find(settings: &Settings, choose: impl Fn(&JwkSet) -> Option<Jwk>) -> Result<Found> {
    let at_hand =
        READ.with_borrow(|read| read.as_ref().filter(|r| Instant::now() < r.until).and_then(|r| choose(&r.keys)));
    if let Some(key) = at_hand {
        return Ok(Found::Key(Box::new(key)));
    }
    let database = Database::open().await?;
    let mut kept = read(&database, settings).await?;
    let known = kept.choose(&choose)?;
    if let (Some(key), false) = (&known, kept.is_old()) {
        return Ok(Found::Key(Box::new(key.clone())));
    }
    if claim(&database, settings).await? {
        kept = ask(&database, settings).await?;
    } else if known.is_none() {
        kept = others_answer(&database, settings, kept).await?;
    }
    // An old key still does while the provider is away.
    match kept.choose(&choose)?.or(known) {
        Some(key) => Ok(Found::Key(Box::new(key))),
        None if kept.failed || kept.keys.is_none() => Err(away()),
        None => Ok(Found::Unknown),
    }
}

impl Kept {
    fn is_old(&self) -> bool {
        !self.age.is_some_and(|age| (0.0..KEPT_SECONDS).contains(&age))
    }

    /// Chooses among the keys, and remembers them.
    fn choose(&self, choose: &impl Fn(&JwkSet) -> Option<Jwk>) -> Result<Option<Jwk>> {
        let Some(text) = &self.keys else { return Ok(None) };
        let keys = fetch::read(text).map_err(Problem::unavailable)?;
        let chosen = choose(&keys);
        let left = Duration::try_from_secs_f64(KEPT_SECONDS - self.age.unwrap_or(KEPT_SECONDS)).unwrap_or_default();
        let read = Read { text: text.clone(), keys, until: Instant::now() + left.min(READ_EVERY) };
        if READ.with_borrow(|before| before.as_ref().is_none_or(|before| before.text != read.text)) {
            forget_verified();
        }
        READ.set(Some(read));
        Ok(chosen)
    }
}

async fn read(database: &Database, settings: &Settings) -> Result<Kept> {
    let statement = "SELECT json_object('keys', keys, 'age', (julianday('now') - fetched_at) * 86400,
            'is_asking', json(iif(NOT failed AND asked_at > coalesce(fetched_at, 0)
                                  AND (julianday('now') - asked_at) * 86400 < 10, 'true', 'false')),
            'failed', json(iif(failed, 'true', 'false')))
        FROM oidc_keys WHERE issuer = ?";
    Ok(database.document(statement, params![settings.issuer.as_str()]).await?.unwrap_or_default())
}

async fn claim(database: &Database, settings: &Settings) -> Result<bool> {
    let claimed = database.row(CLAIM, params![settings.issuer.as_str()]).await?;
    Ok(claimed.is_some())
}

/// Asks the provider, and keeps what comes.
async fn ask(database: &Database, settings: &Settings) -> Result<Kept> {
    let issuer = settings.issuer.as_str();
    match fetch::keys(issuer).await {
        Ok(keys) => {
            let statement = "UPDATE oidc_keys SET keys = ?, fetched_at = julianday('now'), failed = 0 WHERE issuer = ?";
            database.rows(statement, params![keys.as_str(), issuer]).await?;
        }
        Err(error) => {
            log::line(format_args!("the sign-on's keys can't be had: {error}"));
            database.rows("UPDATE oidc_keys SET failed = 1 WHERE issuer = ?", params![issuer]).await?;
        }
    }
    read(database, settings).await
}

/// What comes of the question that another instance is asking.
async fn others_answer(database: &Database, settings: &Settings, mut kept: Kept) -> Result<Kept> {
    for _ in 0..LOOKS_MAX {
        if !kept.is_asking {
            break;
        }
        task::sleep(LOOK_EVERY).await;
        kept = read(database, settings).await?;
    }
    Ok(kept)
}

fn away() -> Problem {
    let detail = "the sign-on's keys can't be had at the moment";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "sign_on_unavailable", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER))
}
