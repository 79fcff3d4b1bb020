//! What the pump finds to be done besides waking: recording expiries, telling what is stale, sealing, forgetting,
//! having webhooks sent. It may wait for other writers, which must not keep anybody from being
//! woken: it goes on beside the pump, each chore by one at a time, and by one instance of all, the keeper.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::request::RequestContext;
use baton_core::{Result, config, expiry, log, seal, task, webhooks};

use crate::instance::NAME;
use crate::store::{self, Pulse};
use crate::waiting;

/// How often old events are looked for, and how much more at most: instances aren't to do it in step.
const PRUNE_EVERY: Duration = Duration::from_secs(25);
const PRUNE_JITTER: Duration = Duration::from_secs(10);

/// A pruner rests for this many times what a batch has taken, and for this long at least, so that others write.
const PRUNE_REST: u32 = 4;
const PRUNE_REST_MIN: Duration = Duration::from_millis(10);

/// How old the oldest unsealed row of the audit log becomes before it is sealed, and how much more at most.
const SEAL_AGE: Duration = Duration::from_secs(4);
const SEAL_JITTER: Duration = Duration::from_secs(2);

/// How often it is noted who waits here, and how much more at most: before anybody would have to note it who comes anew.
const PRESENCE_EVERY: Duration = Duration::from_secs(25);
const PRESENCE_JITTER: Duration = Duration::from_secs(5);

/// How many workstations one statement notes at most, so that it never holds up writers for long.
const PRESENCE_BATCH: usize = 500;

/// How often the sender of webhooks is told of what nobody is sending.
const SEND_EVERY: Duration = Duration::from_millis(250);

/// What is done beside the pump.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Chore {
    Expiring,
    TellingStale,
    Sealing,
    Pruning,
    NotingRoles,
    NotingPresence,
}

thread_local! {
    static AT_WORK: RefCell<HashSet<Chore>> = RefCell::default();
    static PRUNE_AT: Cell<Option<Instant>> = const { Cell::new(None) };
    static SEAL_AT_AGE: Cell<Duration> = Cell::new(SEAL_AGE + task::jitter(SEAL_JITTER));
    static SEND_AT: Cell<Instant> = Cell::new(Instant::now());
    static ROLES: RefCell<HashMap<String, Vec<String>>> = RefCell::default();
    static PRESENCE_AT: Cell<Instant> = Cell::new(next_presence());
    static PRESENT: RefCell<HashSet<String>> = RefCell::default();
}

/// Does what is due, unless another instance is the keeper.
pub fn see_to(pulse: &Pulse) {
    if pulse.keeper.as_ref().is_some_and(|keeper| *keeper != *NAME) {
        return;
    }
    if pulse.expiry_due {
        beside(Chore::Expiring, "recording expiries", expire);
    }
    if pulse.is_stale {
        beside(Chore::TellingStale, "telling what is stale", tell_stale);
    }
    if pulse.unsealed_for >= SEAL_AT_AGE.get() {
        beside(Chore::Sealing, "sealing the audit log", seal_all);
    }
    if pulse.webhooks_due && Instant::now() >= SEND_AT.get() {
        SEND_AT.set(Instant::now() + SEND_EVERY);
        webhooks::wake();
    }
    if PRUNE_AT.get().is_none_or(|at| Instant::now() >= at) {
        PRUNE_AT.set(Some(Instant::now() + PRUNE_EVERY + task::jitter(PRUNE_JITTER)));
        beside(Chore::Pruning, "forgetting what is old", forget);
    }
}

/// Notes now and then who waits in this instance.
pub fn note_waiting() {
    if Instant::now() >= PRESENCE_AT.get() {
        PRESENCE_AT.set(next_presence());
        note_presence(waiting::workstations());
    }
}

/// Notes the roles of whoever polls for a workstation: the gates of approvals tell them. Thousands may come back at once
/// with other tokens than they left with. If it fails, the next poll does it.
pub fn note_roles(workstation_id: String, roles: Vec<String>) {
    ROLES.with_borrow_mut(|noted| noted.insert(workstation_id, roles));
    beside(Chore::NotingRoles, "noting roles", write_roles);
}

/// Notes that workstations are there, those of all who have come meanwhile in one statement. If it fails, the next poll
/// does it.
pub fn note_presence(workstations: impl IntoIterator<Item = String>) {
    PRESENT.with_borrow_mut(|present| present.extend(workstations));
    beside(Chore::NotingPresence, "noting who is there", write_presence);
}

fn beside<F: Future<Output = Result<()>> + 'static>(chore: Chore, what: &'static str, work: fn() -> F) {
    if AT_WORK.with_borrow_mut(|at_work| at_work.insert(chore)) {
        task::spawn(async move {
            if let Err(problem) = work().await {
                log::line(format_args!("{what}: {problem}"));
            }
            AT_WORK.with_borrow_mut(|at_work| at_work.remove(&chore));
        });
    }
}

async fn is_keeper() -> Result<bool> {
    store::keep(&Database::open().await?, &NAME).await
}

/// Records what is due, a short statement at a time, with rests in which others write.
async fn expire() -> Result<()> {
    if !is_keeper().await? {
        return Ok(());
    }
    // These belong to no request; their id tells them apart in the log.
    let context = RequestContext::of_none();
    let mut begun = Instant::now();
    while expiry::record_due(&Database::open().await?, &context).await? {
        task::sleep(begun.elapsed()).await;
        begun = Instant::now();
    }
    Ok(())
}

/// Tells of sessions that have gone stale, in the same way.
async fn tell_stale() -> Result<()> {
    if !is_keeper().await? {
        return Ok(());
    }
    let context = RequestContext::of_none();
    let mut begun = Instant::now();
    while store::tell_stale(&Database::open().await?, &context).await? {
        task::sleep(begun.elapsed()).await;
        begun = Instant::now();
    }
    Ok(())
}

async fn seal_all() -> Result<()> {
    if !is_keeper().await? {
        return Ok(());
    }
    SEAL_AT_AGE.set(SEAL_AGE + task::jitter(SEAL_JITTER));
    seal::seal(&Database::open().await?).await
}

async fn forget() -> Result<()> {
    prune().await?;
    forget_audit().await?;
    store::forget_items(&Database::open().await?, &RequestContext::of_none()).await
}

/// Forgets old entries of the audit log, a batch at a time.
async fn forget_audit() -> Result<()> {
    let retention_days = config::audit_retention_days().await?;
    if retention_days == 0 || !is_keeper().await? {
        return Ok(());
    }
    let mut begun = Instant::now();
    while store::forget_audit(&Database::open().await?, retention_days, &RequestContext::of_none()).await? {
        rest_after(begun).await;
        begun = Instant::now();
    }
    Ok(())
}

/// Leaves the database to others for a while.
async fn rest_after(begun: Instant) {
    task::sleep(PRUNE_REST_MIN.max(begun.elapsed() * PRUNE_REST)).await;
}

/// Forgets old events, a batch at a time, as long as there are any; or until it meets another pruner, who goes on alone.
async fn prune() -> Result<()> {
    if !is_keeper().await? {
        return Ok(());
    }
    let retention_hours = config::event_retention_hours().await?;
    let (mut last, mut begun) = (None, Instant::now());
    while let Some(through) = prune_batch(retention_hours, last).await? {
        last = Some(through);
        rest_after(begun).await;
        begun = Instant::now();
    }
    Ok(())
}

/// Forgets a batch, and tells how far the log is pruned then; none if there is nothing to do for a pruner who left it
/// pruned up to `last`.
pub async fn prune_batch(retention_hours: u32, last: Option<i64>) -> Result<Option<i64>> {
    let database = Database::open().await?;
    let extent = store::prunable(&database, retention_hours).await?;
    if !extent.is_due || last.is_some_and(|last| last != extent.pruned_through) {
        return Ok(None);
    }
    store::prune(&database, retention_hours).await.map(Some)
}

async fn write_roles() -> Result<()> {
    loop {
        let noted = ROLES.take();
        if noted.is_empty() {
            return Ok(());
        }
        store::note_roles(&Database::open().await?, &noted).await?;
    }
}

async fn write_presence() -> Result<()> {
    loop {
        let present: Vec<_> = PRESENT.take().into_iter().collect();
        if present.is_empty() {
            return Ok(());
        }
        let database = Database::open().await?;
        for batch in present.chunks(PRESENCE_BATCH) {
            store::note_presence(&database, batch).await?;
        }
    }
}

fn next_presence() -> Instant {
    Instant::now() + PRESENCE_EVERY + task::jitter(PRESENCE_JITTER)
}
