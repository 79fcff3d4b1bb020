//! The one task of an instance that looks at the log on behalf of everyone who waits in it.
//!
//! Without Redis it looks many times a second, which costs the same however many wait. With Redis (`inbox`) one instance
//! of all, the watchman (`watch`), looks twice a second for all: a lost message costs half a second, never an event. What it finds
//! to be done, it has done beside (`chores`).

use std::cell::Cell;
use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::{Result, log, task};

use crate::look::{look_for_all, look_since};
use crate::watch::{self, Standing};
use crate::{chores, inbox, share, waiting};

/// How often the log is looked at without Redis.
const TICK: Duration = Duration::from_millis(45);

/// How often with Redis.
const SLOW_TICK: Duration = Duration::from_millis(500);

/// How often it is seen to what waiting takes in the long run, and how much more at most: who waits here counts for 20 s (`share`),
/// and where another one is the watchman the cursors of those who wait for long are not to fall behind what is kept, nor a quiet
/// stream to tell one that is much older than it. All at once, as an instance that only waits opens a connection for it.
const VISIT_EVERY: Duration = Duration::from_secs(8);
const VISIT_JITTER: Duration = Duration::from_secs(2);

thread_local! {
    static RUNS: Cell<bool> = const { Cell::new(false) };
    /// When that is due again: also where nobody ever waits for as long.
    static VISIT_AT: Cell<Instant> = Cell::new(next_visit());
}

/// Has the log looked at for as long as anybody waits.
pub fn start() {
    if !RUNS.replace(true) {
        task::spawn(run());
    }
}

async fn run() {
    let mut rounds = Rounds::default();
    loop {
        rest().await;
        if waiting::is_empty() {
            break;
        }
        if let Err(problem) = rounds.go().await {
            log::line(format_args!("looking for news: {problem}"));
        }
        // What it has found to be done begins now, not when it has rested.
        task::yield_now().await;
    }
    waiting::note_rest();
    RUNS.set(false);
    if rounds.looked_for_all.is_some() {
        watch::resign().await;
    }
}

async fn rest() {
    match inbox::lost() {
        Some(lost) => _ = task::within(SLOW_TICK, lost).await,
        None => task::sleep(TICK).await,
    }
}

/// What the pump remembers from one look to the next.
#[derive(Default)]
struct Rounds {
    /// How far this instance has looked for all, as long as it is the watchman.
    looked_for_all: Option<i64>,
}

impl Rounds {
    async fn go(&mut self) -> Result<()> {
        let standing = if inbox::is_connected() { watch::stand(self.looked_for_all).await } else { Standing::Alone };
        match standing {
            Standing::Watchman(looked) => self.look_for_everybody(looked).await?,
            Standing::Relieved => self.looked_for_all = None,
            Standing::Alone => chores::see_to(&look_for_all().await?),
        }
        if Instant::now() >= VISIT_AT.get() {
            VISIT_AT.set(next_visit());
            visit(standing).await?;
        }
        // Connections are the larger part of what an instance costs that only waits.
        Database::close_idle();
        Ok(())
    }

    /// As the watchman. Where none has looked before there is nothing to go on from but what those have read who wait here.
    async fn look_for_everybody(&mut self, looked: Option<i64>) -> Result<()> {
        let own = waiting::begin_look();
        let pulse = look_since(looked.map_or(own, |looked| looked.min(own))).await?;
        waiting::note_seen(pulse.head);
        watch::pass_on(&pulse).await;
        self.looked_for_all = Some(pulse.head);
        chores::see_to(&pulse);
        Ok(())
    }
}

fn next_visit() -> Instant {
    Instant::now() + VISIT_EVERY + task::jitter(VISIT_JITTER)
}

/// Sees to what waiting takes in the long run.
async fn visit(standing: Standing) -> Result<()> {
    chores::note_waiting();
    share::renew().await?;
    if standing == Standing::Relieved {
        look_for_all().await?;
    }
    Ok(())
}
