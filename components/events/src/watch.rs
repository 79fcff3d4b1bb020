//! The watchman: one instance of all, on whatever machine, that looks at the log for the others too, as Redis may lose a
//! message or whoever makes a change may end before sending it. The others don't touch the database while they wait.

use std::time::Duration;

use baton_core::events;
use baton_core::redis::{Redis, text};
use baton_core::task::within;

use crate::instance::NAME;
use crate::store::Pulse;

/// For how long one is the watchman without saying so again: two looks. A session that expires is to be recorded within two
/// seconds, also when the watchman has just gone.
const TERM_MILLISECONDS: &str = "1000";

/// How long Redis may take before it counts as away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes ARGV[1] the watchman for ARGV[2] milliseconds if there is no other, and notes how far it has looked (ARGV[3], which
/// may be empty). Tells how far a watchman has looked, `-` where none has for a minute, and nothing to whoever isn't the watchman.
const STAND: &str = "local holder = redis.call('GET', 'baton:watchman')
if holder and holder ~= ARGV[1] then return '' end
redis.call('SET', 'baton:watchman', ARGV[1], 'PX', ARGV[2])
if ARGV[3] ~= '' then redis.call('SET', 'baton:watched', ARGV[3], 'EX', 60) end
return redis.call('GET', 'baton:watched') or '-'";

/// Makes room for another watchman if ARGV[1] is the one.
const RESIGN: &str = "if redis.call('GET', 'baton:watchman') == ARGV[1] then redis.call('DEL', 'baton:watchman') end
return 1";

/// Who looks at the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This instance, for all; a watchman has looked so far.
    Watchman(Option<i64>),
    /// Another one.
    Relieved,
    /// Each for itself: Redis doesn't answer.
    Alone,
}

/// Stands for watchman. `looked` is how far this instance has looked as the watchman.
pub async fn stand(looked: Option<i64>) -> Standing {
    let looked = looked.map_or_else(String::new, |through| through.to_string());
    let standing = async {
        let redis = Redis::open().await?;
        redis.execute("EVAL", &[STAND, "0", &NAME, TERM_MILLISECONDS, &looked]).await?.into_iter().next().and_then(text)
    };
    match within(PATIENCE, standing).await.flatten() {
        Some(answer) if answer.is_empty() => Standing::Relieved,
        Some(answer) => Standing::Watchman(answer.parse().ok()),
        None => Standing::Alone,
    }
}

/// Makes room for another watchman at once.
pub async fn resign() {
    let resigning = async { Redis::open().await?.execute("EVAL", &[RESIGN, "0", &NAME]).await };
    _ = within(PATIENCE, resigning).await;
}

/// Wakes those elsewhere whom a look has found events for. Nearly all of them have been woken long since, and are not
/// enlisted any more, or have read as far.
pub async fn pass_on(pulse: &Pulse) {
    if pulse.concerned.is_empty() {
        return;
    }
    let Some(redis) = within(PATIENCE, Redis::open()).await.flatten() else { return };
    // What Redis doesn't do in time costs those who wait no more than time.
    _ = within(PATIENCE, events::wake(&redis, pulse.head, pulse.concerned.keys().map(String::as_str))).await;
}
