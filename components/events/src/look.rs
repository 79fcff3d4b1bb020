//! A look at the log on behalf of everyone who waits in this instance.

use baton_core::Result;
use baton_core::db::Database;

use crate::store::{self, Pulse};
use crate::waiting;

/// Looks at the log, and wakes whoever its events after `since` are for.
pub async fn look_since(since: i64) -> Result<Pulse> {
    let pulse = store::pulse(&Database::open().await?, since).await?;
    for (workstation, through) in &pulse.concerned {
        waiting::wake(workstation, *through);
    }
    Ok(pulse)
}

/// Looks for all of them. Those who have read as far as it began are known to have missed nothing afterwards.
pub async fn look_for_all() -> Result<Pulse> {
    let since = waiting::begin_look();
    let pulse = look_since(since).await?;
    waiting::note_seen(pulse.head);
    Ok(pulse)
}
