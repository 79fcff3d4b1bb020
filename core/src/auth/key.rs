//! API keys (contract, "Who calls"): secrets of which the database knows the SHA-256 alone.
//!
//! An instance reads a key at most once a second. Nobody may notice that: whoever revokes or rotates a key is answered when
//! every instance has forgotten what it read before ([`forgotten`]), so that the next request finds the key as it is then.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Role, Scope};
use crate::db::{Database, params};
use crate::{Problem, Result, log, task};

/// What every secret begins with.
const PREFIX: &str = "baton_";

/// How much of a secret people may see, to tell keys apart, in characters.
const SHOWN: usize = PREFIX.len() + 8;

/// For how long what was read of a key is taken to hold.
pub(super) const HOLDS: Duration = Duration::from_secs(1);

/// How many keys an instance remembers.
const REMEMBERED_MAX: usize = 1_000;

/// How soon an instance notes uses that it hasn't noted yet, and how often at most. It may end at any time: what isn't noted
/// then is lost.
const NOTE_AFTER: Duration = Duration::from_millis(500);
const NOTE_EVERY: Duration = Duration::from_secs(5);

/// A key that holds.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Key {
    pub id: String,
    pub user: String,
    pub role: Role,
    /// None for all that the role allows.
    pub scopes: Option<Vec<Scope>>,
    /// For how many seconds this secret holds from now on, as the database's clock goes; none for ever.
    left: Option<f64>,
}

/// What is kept of a new secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The secret itself.
    pub text: String,
    /// How it begins.
    pub prefix: String,
    /// Its SHA-256, in hexadecimal digits.
    pub hash: String,
}

#[derive(Default)]
struct Memory {
    /// By their hash: until when each is taken to hold.
    keys: HashMap<String, (Key, Instant)>,
    /// How often each key was used since that was noted last, by its id.
    uses: HashMap<String, i64>,
    is_noting: bool,
    noted_at: Option<Instant>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

impl Secret {
    /// A new one, of 244 random bits.
    pub fn make() -> Self {
        let text = format!("{PREFIX}{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self { prefix: text[..SHOWN].to_owned(), hash: hash(&text), text }
    }
}

/// Resolves when no instance can take a key any more for what it was before this began.
pub async fn forgotten() {
    // And a little, as clocks of different machines don't run alike.
    task::sleep(HOLDS + HOLDS / 20).await;
}

/// Whether a bearer token is a key.
pub(super) fn is_key(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// The key of a secret: 401 if there is none, it has expired or was revoked.
pub(super) async fn check(secret: &str) -> Result<Key> {
    let key = find(&hash(secret)).await?.ok_or_else(refuse)?;
    note_use(&key.id);
    Ok(key)
}

/// 401.
pub(super) fn refuse() -> Problem {
    Problem::unauthorized("the key is unknown, expired or revoked")
}

/// Whether a secret still holds.
pub(super) async fn holds(hash: &str) -> Result<bool> {
    find(hash).await.map(|key| key.is_some())
}

/// The SHA-256 of a secret, in hexadecimal digits.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn find(hash: &str) -> Result<Option<Key>> {
    // Not when the answer comes: the key may be revoked in between.
    let asked_at = Instant::now();
    let remembered = MEMORY.with_borrow(|memory| memory.keys.get(hash).cloned());
    if let Some((key, until)) = remembered
        && asked_at < until
    {
        return Ok(Some(key));
    }
    let statement = "SELECT document FROM key_secrets WHERE hash = ?";
    let key: Option<Key> = Database::open().await?.document(statement, params![hash]).await?;
    MEMORY.with_borrow_mut(|memory| memory.remember(hash, key.as_ref(), asked_at));
    Ok(key)
}

impl Memory {
    fn remember(&mut self, hash: &str, key: Option<&Key>, asked_at: Instant) {
        if self.keys.len() >= REMEMBERED_MAX {
            self.keys.retain(|_, (_, until)| asked_at < *until);
        }
        match key {
            Some(key) if self.keys.len() < REMEMBERED_MAX => {
                let left = key.left.map_or(HOLDS, |left| Duration::try_from_secs_f64(left).unwrap_or_default());
                self.keys.insert(hash.to_owned(), (key.clone(), asked_at + left.min(HOLDS)));
            }
            _ => drop(self.keys.remove(hash)),
        }
    }
}

/// Counts a use. It is noted later, with others.
fn note_use(id: &str) {
    let wait = MEMORY.with_borrow_mut(|memory| {
        *memory.uses.entry(id.to_owned()).or_default() += 1;
        let rest = memory.noted_at.map_or(Duration::ZERO, |at| NOTE_EVERY.saturating_sub(at.elapsed()));
        (!std::mem::replace(&mut memory.is_noting, true)).then_some(rest.max(NOTE_AFTER))
    });
    if let Some(wait) = wait {
        task::spawn(async move {
            task::sleep(wait).await;
            let uses = MEMORY.with_borrow_mut(|memory| {
                (memory.is_noting, memory.noted_at) = (false, Some(Instant::now()));
                std::mem::take(&mut memory.uses)
            });
            if let Err(problem) = write_uses(&uses).await {
                log::line(format_args!("noting uses of keys: {problem}"));
            }
        });
    }
}

/// No change that anybody makes: it has no cause, and no entry in the audit log.
async fn write_uses(uses: &HashMap<String, i64>) -> Result<()> {
    let uses = serde_json::to_string(uses).map_err(Problem::unavailable)?;
    let statement = "UPDATE api_keys SET last_used_at = (SELECT now FROM clock), use_count = use_count + used.value
                     FROM json_each(?) AS used WHERE api_keys.id = used.key";
    Database::open().await?.rows(statement, params![uses]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_tells_nothing_of_another() {
        let (one, other) = (Secret::make(), Secret::make());
        assert!(is_key(&one.text) && one.text.len() == 70 && one.text != other.text);
        assert!(one.text.starts_with(&one.prefix) && one.prefix.len() == 14);
        assert_eq!((one.hash.len(), &one.hash), (64, &hash(&one.text)));
    }

    fn key(left: Option<f64>) -> Key {
        Key { id: "k".to_owned(), user: "alice".to_owned(), role: Role::Viewer, scopes: None, left }
    }

    #[test]
    fn a_key_is_remembered_for_a_second_from_when_it_was_asked_for_and_no_longer_than_it_holds() {
        let asked_at = Instant::now();
        let mut memory = Memory::default();
        for (left, holds) in [(None, HOLDS), (Some(9.0), HOLDS), (Some(0.25), HOLDS / 4), (Some(-1.0), Duration::ZERO)]
        {
            memory.remember("h", Some(&key(left)), asked_at);
            assert_eq!(memory.keys["h"].1 - asked_at, holds, "{left:?}");
        }
        memory.remember("h", None, asked_at);
        assert!(memory.keys.is_empty());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut memory = Memory::default();
        let begun = Instant::now();
        for number in 0..2 * REMEMBERED_MAX {
            memory.remember(&number.to_string(), Some(&key(None)), begun);
        }
        assert_eq!(memory.keys.len(), REMEMBERED_MAX);
        memory.remember("later", Some(&key(None)), begun + HOLDS);
        assert_eq!(memory.keys.len(), 1);
    }
}
