//! Wakes the waiting requests of the workstations that a change concerns, where they are too many for the component
//! that made the change.
//!
//! Runs for each message on the channel `baton:changes`. It reads from the event log whom the change's events are for,
//! and leaves their names in the inboxes that they are waited for at (see the component `events`). A message that is
//! lost, late or doubled does no harm: who waits looks at the log now and then anyway.

#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, reason = "`redis_subscriber` writes the exports here")]

use anyhow::{Context, Result};
use baton_core::db::{Database, params};
use baton_core::events::{Announcement, wake};
use baton_core::redis::Redis;
use spin_sdk::redis_subscriber;

/// How far before its newest event a change's first one is looked for. A larger change than that (a workstation with
/// hundreds of sessions is removed) wakes those of its last events at once, and the others when they look themselves.
const CHANGE_MAX: i64 = 1_000;

#[redis_subscriber]
async fn on_change(message: Vec<u8>) -> Result<()> {
    let announcement: Announcement = serde_json::from_slice(&message).context("not an announcement of a change")?;
    let workstations = match &announcement.workstations {
        Some(workstations) => workstations.clone(),
        None => concerned(&announcement).await?,
    };
    let redis = Redis::open().await.context("redis is away")?;
    let workstations = workstations.iter().map(String::as_str);
    wake(&redis, announcement.through, workstations).await.context("the inboxes can't be written to")
}

/// The workstations that a change's events are for.
async fn concerned(announcement: &Announcement) -> Result<Vec<String>> {
    let database = Database::open().await?;
    let rows = database
        .rows(
            "SELECT DISTINCT workstation_id FROM deliveries
             WHERE seq IN (SELECT seq FROM events WHERE seq <= ? AND seq > ? AND change_id = ?)",
            params![announcement.through, announcement.through - CHANGE_MAX, announcement.change.to_string()],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| row.get::<&str>(0).map(str::to_owned)).collect())
}
