//! What sends: one task in an instance, as long as anything is to be sent. It takes deliveries from the database by a lease, sends
//! them beside each other, and notes what came of them with the next round. Any number of instances, on any number of hosts, do
//! the same: nothing true is kept here.
//!
//! A task lives on after the request that woke it, so that what is to be sent again in a day is sent in a day, as long as the
//! process lives; of all instances one stays for that. After that whoever makes a request wakes it (`baton_core::webhooks`).

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::id::new_id;
use baton_core::task::{self, sleep};
use baton_core::{Result, log};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;

use crate::attempt;
use crate::message::Message;
use crate::outbox::{self, Noted, Round};
use crate::seal::Keys;
use crate::target::Exempt;

/// How many requests are under way at once in an instance: all that a hundred webhooks may have.
const AT_ONCE_MAX: usize = 800;

/// How long it waits for more attempts to end before it notes those that have: one statement for all of them.
const GATHERING: Duration = Duration::from_millis(3);

/// How long it is from one round to the next where the last one left nothing that was due: a round is a change of the database's,
/// which whoever makes another one at that moment waits for.
const PACE: Duration = Duration::from_millis(20);

/// How long it waits at least where something is due that it can't have: others send it, or its webhook has no room.
const PAUSE_MIN: f64 = 0.2;

/// How long it waits at most before it looks again: other hosts may have changed what is due.
const PAUSE_MAX: f64 = 10.0;

/// How long it rests after storage has failed, and how often it tries.
const REST: Duration = Duration::from_secs(1);
const FAILURES_MAX: usize = 60;

#[derive(Default)]
struct Bell {
    has_rung: bool,
    waker: Option<Waker>,
}

thread_local! {
    static RUNS: Cell<bool> = const { Cell::new(false) };
    static BELL: RefCell<Bell> = RefCell::default();
    static NAME: RefCell<String> = RefCell::new(new_id().to_string());
    static HAS_RESEALED: Cell<bool> = const { Cell::new(false) };
}

/// Has what is due sent, beside whatever goes on.
pub fn wake() {
    BELL.with_borrow_mut(|bell| {
        bell.has_rung = true;
        if let Some(waker) = bell.waker.take() {
            waker.wake();
        }
    });
    if !RUNS.replace(true) {
        task::spawn(run(Running));
    }
}

/// Whoever holds this sends.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNS.set(false);
    }
}

/// Resolves when somebody has called `wake` since it last did.
async fn rung() {
    poll_fn(|context| {
        BELL.with_borrow_mut(|bell| {
            if std::mem::take(&mut bell.has_rung) {
                return Poll::Ready(());
            }
            bell.waker = Some(context.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

async fn run(running: Running) {
    if !HAS_RESEALED.replace(true)
        && let Err(problem) = reseal().await
    {
        log::line(format_args!("sealing the secrets of webhooks again: {problem}"));
    }
    let (mut sender, mut failures) = (Sender::default(), 0);
    while failures < FAILURES_MAX {
        match sender.go().await {
            Ok(true) => failures = 0,
            // Nothing has rung since, as nobody else runs between that look and here.
            Ok(false) => break,
            Err(problem) => {
                log::line(format_args!("sending webhooks: {problem}"));
                failures += 1;
                sleep(REST).await;
            }
        }
    }
    drop(running);
}

/// Seals secrets under today's key that an earlier one has sealed.
async fn reseal() -> Result<()> {
    let (database, keys) = (Database::open().await?, Keys::of_settings().await?);
    for sealed in outbox::secrets(&database).await? {
        if let Some(opened) = keys.open(&sealed.id, &sealed.secret).filter(|opened| opened.is_old) {
            outbox::reseal(&database, &sealed, &keys.seal(&sealed.id, &opened.secret)?).await?;
        }
    }
    Ok(())
}

type Attempt = std::pin::Pin<Box<dyn Future<Output = Noted>>>;

/// What is under way.
#[derive(Default)]
struct Sender {
    attempts: FuturesUnordered<Attempt>,
    /// What has ended and isn't noted yet.
    ended: Vec<Noted>,
    /// Whether the last round left anything that is due.
    is_due: bool,
    /// In how many seconds there is more.
    pause: Option<f64>,
    /// When the last round began.
    begun: Option<Instant>,
}

impl Sender {
    /// A round, and the wait for the next one; false if nothing is left.
    async fn go(&mut self) -> Result<bool> {
        let database = Database::open().await?;
        BELL.with_borrow_mut(|bell| bell.has_rung = false);
        if !self.is_due && self.ended.is_empty() {
            (self.is_due, self.pause) = outbox::look(&database).await?;
        }
        if self.is_due || !self.ended.is_empty() {
            self.begun = Some(Instant::now());
            let room = AT_ONCE_MAX.saturating_sub(self.attempts.len());
            let round = outbox::round(&database, &self.ended, room).await?;
            self.ended.clear();
            (self.is_due, self.pause) = (round.is_due, round.pause);
            self.begin(round).await?;
        }
        if !self.attempts.is_empty() {
            self.wait_for_attempts().await;
        } else if self.is_due {
            sleep(GATHERING).await;
        } else if self.stays(&database).await? {
            self.wait_for_later().await;
        } else {
            return Ok(BELL.with_borrow(|bell| bell.has_rung));
        }
        Ok(true)
    }

    /// Whether there is something for later, and this instance is the one to wait for it: hosts make instances as they like, and of
    /// those that have nothing to do, one is enough.
    async fn stays(&self, database: &Database) -> Result<bool> {
        if self.pause.is_none() {
            return Ok(false);
        }
        outbox::stays(database, &NAME.with_borrow(String::clone)).await
    }

    async fn begin(&mut self, round: Round) -> Result<()> {
        if round.claims.is_empty() {
            return Ok(());
        }
        let (keys, exempt) = (Keys::of_settings().await?, Exempt::of_settings().await?);
        for claim in round.claims {
            let message = Message::of(&claim, &keys, &exempt);
            self.attempts.push(Box::pin(attempt::make(claim.id, round.lease.clone(), message)));
        }
        Ok(())
    }

    fn pause(&self) -> Duration {
        Duration::from_secs_f64(self.pause.unwrap_or(PAUSE_MAX).clamp(PAUSE_MIN, PAUSE_MAX))
    }

    /// Waits until something is due, or somebody says so.
    async fn wait_for_later(&mut self) {
        Database::close_idle();
        select(pin!(rung()), pin!(sleep(self.pause()))).await;
    }

    /// Waits until an attempt has ended, something is due, or somebody says so.
    async fn wait_for_attempts(&mut self) {
        let pause = self.pause();
        let others = async { _ = select(pin!(rung()), pin!(sleep(pause))).await };
        if let Either::Left((ended, _)) = select(self.attempts.next(), pin!(others)).await {
            self.ended.extend(ended);
        }
        self.gather().await;
    }

    /// Takes what ends until it is time for the next round.
    async fn gather(&mut self) {
        let mut moment = pin!(sleep(self.until_next_round()));
        loop {
            // Of nothing there would be an end at once, each time.
            if self.attempts.is_empty() {
                return moment.await;
            }
            match select(self.attempts.next(), moment.as_mut()).await {
                Either::Left((ended, _)) => self.ended.extend(ended),
                Either::Right(_) => return,
            }
        }
    }

    fn until_next_round(&self) -> Duration {
        match self.begun {
            Some(begun) if !self.is_due => PACE.saturating_sub(begun.elapsed()).max(GATHERING),
            _ => GATHERING,
        }
    }
}
