//! The one task of an instance that looks at the log on behalf of everyone who waits in it.
//!
//! Without Redis it looks many times a second, which costs the same however many wait. With Redis (`inbox`) it looks once
//! a second: a lost message costs a second, never an event. What it finds to be done, it has done beside (`chores`).

use std::cell::Cell;
use std::time::Duration;

use baton_core::db::Database;
use baton_core::{Result, task};

use crate::store::{self, Pulse};
use crate::{chores, inbox, waiting};

/// How often the log is looked at without Redis. The contract's issue allows 250 ms.
const TICK: Duration = Duration::from_millis(45);

/// How often with Redis.
const SLOW_TICK: Duration = Duration::from_secs(1);

thread_local! {
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Has the log looked at for as long as anybody waits.
pub fn start() {
    if !RUNS.replace(true) {
        task::spawn(run());
    }
}

async fn run() {
    loop {
        rest().await;
        if waiting::is_empty() {
            break;
        }
        match look_since(waiting::seen()).await {
            Ok(pulse) => {
                waiting::note_seen(pulse.head);
                chores::see_to(&pulse);
            }
            Err(problem) => eprintln!("looking for news: {problem}"),
        }
    }
    waiting::note_rest();
    RUNS.set(false);
}

async fn rest() {
    match inbox::lost() {
        Some(lost) => _ = task::within(SLOW_TICK, lost).await,
        None => task::sleep(TICK).await,
    }
}

/// Looks at the log, and wakes whoever its events after `since` are for.
pub async fn look_since(since: i64) -> Result<Pulse> {
    let pulse = store::pulse(&Database::open().await?, since).await?;
    for (workstation, through) in &pulse.concerned {
        waiting::wake(workstation, *through);
    }
    Ok(pulse)
}
