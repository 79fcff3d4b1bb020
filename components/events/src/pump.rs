//! The one task of an instance that looks for news on behalf of everyone who waits in it.
//!
//! With Redis it sleeps in a blocking read of the instance's inbox; without, it looks at the log's head many times a
//! second, which costs the same however many wait. With Redis it looks too, once a second: a lost message costs a
//! second, never an event. On the way it records expiries, forgets old events and has the audit log sealed.

use std::cell::Cell;
use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::request::RequestContext;
use baton_core::{Result, config, seal, task};
use http::HeaderMap;

use crate::inbox::{self, Inbox};
use crate::{store, waiting};

/// How often the log's head is looked at without Redis. The contract's issue allows 250 ms.
const TICK: Duration = Duration::from_millis(50);

/// How often with Redis, and how often Redis is tried again while it is away.
const SLOW_TICK: Duration = Duration::from_secs(1);

/// How often old events are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(30);

/// How often the audit log is sealed.
const SEAL_EVERY: Duration = Duration::from_secs(5);

/// For how long a place is enlisted when the connection comes back, in seconds: the longest wait.
const ENLIST_SECONDS: u64 = 60;

thread_local! {
    /// When the audit log is sealed next; none while that goes on. Pumps come and go with those who wait, often many
    /// times a second, so this belongs to the instance.
    static SEAL_AT: Cell<Option<Instant>> = Cell::new(Some(Instant::now()));
}

/// Starts the pump.
pub fn start() {
    task::spawn(run());
}

async fn run() {
    let mut pump = Pump::new();
    while waiting::pump_goes_on() {
        pump.wait().await;
        if let Err(problem) = pump.look().await {
            eprintln!("looking for news: {problem}");
            task::sleep(TICK).await;
        }
    }
}

struct Pump {
    inbox: Option<Inbox>,
    connect_at: Instant,
    look_at: Instant,
    prune_at: Instant,
    context: RequestContext,
}

impl Pump {
    fn new() -> Self {
        let now = Instant::now();
        // Expiries that the pump records belong to no request; their id tells them apart in the log.
        let context = RequestContext::from_headers(&HeaderMap::new());
        Self { inbox: None, connect_at: now, look_at: now, prune_at: now, context }
    }

    /// Waits for a word in the inbox, or for the next look.
    async fn wait(&mut self) {
        self.connect().await;
        match &self.inbox {
            None => task::sleep(TICK).await,
            Some(inbox) => match inbox.read().await {
                Some(workstations) => workstations.iter().for_each(|workstation| waiting::wake(workstation)),
                None => self.lose_inbox(),
            },
        }
    }

    fn lose_inbox(&mut self) {
        eprintln!("redis is away: waiting requests look at the log instead");
        self.inbox = None;
        self.connect_at = Instant::now() + SLOW_TICK;
        self.look_at = Instant::now();
    }

    /// Connects to Redis if there is one and it is time to. Who waits already is enlisted before the next look, so that
    /// nothing falls between.
    async fn connect(&mut self) {
        let has_redis = matches!(config::redis_url().await, Ok(Some(_)));
        if !has_redis || self.inbox.is_some() || Instant::now() < self.connect_at {
            return;
        }
        self.inbox = Inbox::open().await;
        self.connect_at = Instant::now() + SLOW_TICK;
        if self.inbox.is_some() {
            let waiting = waiting::workstations();
            let waiting: Vec<_> = waiting.iter().map(String::as_str).collect();
            inbox::enlist(&waiting, ENLIST_SECONDS).await;
            self.look_at = Instant::now();
        }
    }

    /// Looks at the log if it is time to, and wakes whoever its new events are for.
    async fn look(&mut self) -> Result<()> {
        if self.inbox.is_some() && Instant::now() < self.look_at {
            return Ok(());
        }
        self.look_at = Instant::now() + SLOW_TICK;
        let database = Database::open().await?;
        let mut pulse = store::pulse(&database).await?;
        if pulse.expiry_due {
            store::expire(&database, &self.context).await?;
            pulse = store::pulse(&database).await?;
        }
        let seen = waiting::seen();
        if pulse.head > seen {
            let concerned = store::concerned(&database, seen, pulse.head).await?;
            waiting::note_seen(pulse.head);
            concerned.iter().for_each(|workstation| waiting::wake(workstation));
        }
        seal_beside();
        self.prune(&database).await
    }

    async fn prune(&mut self, database: &Database) -> Result<()> {
        if Instant::now() < self.prune_at {
            return Ok(());
        }
        self.prune_at = Instant::now() + PRUNE_EVERY;
        store::prune(database, config::event_retention_hours().await?).await
    }
}

/// Has the audit log sealed if it is time to. That may wait for other writers, which must not keep anybody from being
/// woken: it goes on beside the pump, one at a time.
fn seal_beside() {
    if SEAL_AT.get().is_none_or(|at| Instant::now() < at) {
        return;
    }
    SEAL_AT.set(None);
    task::spawn(async {
        if let Err(problem) = seal_now().await {
            eprintln!("sealing the audit log: {problem}");
        }
        SEAL_AT.set(Some(Instant::now() + SEAL_EVERY));
    });
}

async fn seal_now() -> Result<()> {
    seal::seal(&Database::open().await?).await
}
