//! Which workstations are there: kept in the key-value store, because it may be lost. A workstation that waits for its
//! events is there as much as one that sends heartbeats.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use send_wrapper::SendWrapper;
use spin_sdk::key_value::Store;

use crate::db::{Database, params};
use crate::{Result, task};

/// How exact presence is: an instance notes the same workstation only this often.
const NOTE_EVERY: Duration = Duration::from_secs(15);

/// How many workstations an instance remembers to have noted.
const NOTED_MAX: usize = 10_000;

static NOTED: Mutex<Option<HashMap<String, Instant>>> = Mutex::new(None);

/// Notes that a workstation is there. The answer to the client doesn't wait for it.
pub fn note(workstation_id: &str) {
    if is_due(workstation_id) {
        let workstation_id = workstation_id.to_owned();
        task::spawn(async move {
            if let Err(error) = write(&workstation_id).await {
                eprintln!("presence of {workstation_id}: {error}");
            }
        });
    }
}

fn is_due(workstation_id: &str) -> bool {
    let Ok(mut noted) = NOTED.lock() else { return false };
    let noted = noted.get_or_insert_default();
    let now = Instant::now();
    if noted.get(workstation_id).is_some_and(|at| now.duration_since(*at) < NOTE_EVERY) {
        return false;
    }
    if noted.len() >= NOTED_MAX {
        noted.clear();
    }
    noted.insert(workstation_id.to_owned(), now);
    true
}

async fn write(workstation_id: &str) -> std::result::Result<(), String> {
    let now = database_time().await.map_err(|problem| problem.to_string())?;
    let store = Store::open_default().await.map_err(|error| format!("{error:?}"))?;
    store.set(key(workstation_id), now.as_bytes()).await.map_err(|error| format!("{error:?}"))
}

/// Time is the database's, here too.
async fn database_time() -> Result<String> {
    let row = Database::open().await?.row("SELECT now FROM clock", params![]).await?;
    Ok(row.and_then(|row| row.get::<&str>(0).map(str::to_owned)).unwrap_or_default())
}

/// When a workstation was noted last, in RFC 3339; none if it never was, or if that has been lost.
pub async fn last_noted(workstation_id: &str) -> Option<String> {
    let bytes = SendWrapper::new(async { Store::open_default().await.ok()?.get(key(workstation_id)).await.ok()? });
    String::from_utf8(bytes.await?).ok()
}

fn key(workstation_id: &str) -> String {
    format!("present:{workstation_id}")
}
