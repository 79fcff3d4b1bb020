//! How many requests of one user wait at once (contract, "Limits"), in all instances together. Each notes in the database how many
//! wait in it (`shares`), those of all who have come meanwhile in one statement, and learns from it how many of them there is room
//! for. A request waits meanwhile, so that the limit costs nobody time.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::time::{Duration, Instant};

use baton_core::db::Database;
use baton_core::limits::too_many;
use baton_core::{Problem, Result, config, log, task};
use futures::channel::oneshot;

use crate::shares::{Note, Shares};
use crate::store::{self, Room};

/// How soon one of those who wait has likely been answered, in seconds: a poll lasts 30 if nothing is said.
const RETRY_AFTER: u64 = 15;

/// How long an instance rests after it has noted something, so that many who come and go cost one statement.
const REST: Duration = Duration::from_millis(200);

thread_local! {
    static SHARES: RefCell<Shares> = RefCell::default();
    static IS_SERVED: Cell<bool> = const { Cell::new(false) };
}

/// A place among a user's requests that wait. It is free again when this is dropped.
#[derive(Debug)]
pub struct Share(Option<Taken>);

#[derive(Debug)]
struct Taken {
    user: String,
    number: u64,
    limit: usize,
    has_room: oneshot::Receiver<bool>,
}

impl Share {
    /// Takes a place: 429 if there is none even in this instance.
    pub async fn take(user: &str) -> Result<Self> {
        let limit = config::rate_of_waiting().await?;
        if limit == 0 {
            return Ok(Self(None));
        }
        let (number, has_room) = SHARES.with_borrow_mut(|shares| shares.take(user, limit)).ok_or_else(refusal)?;
        serve(limit);
        task::yield_now().await;
        Ok(Self(Some(Taken { user: user.to_owned(), number, limit, has_room })))
    }

    /// Waits until it is known whether there is room in all instances together: 429 if there is none.
    pub async fn admitted(&mut self) -> Result<()> {
        let Some(taken) = &mut self.0 else { return Ok(()) };
        // Where nobody tells, nobody knows.
        if (&mut taken.has_room).await.unwrap_or(true) { Ok(()) } else { Err(refusal()) }
    }

    /// Waits for the 429 that tells that there is no room: for ever where there is.
    pub async fn refused(&mut self) -> Problem {
        match self.admitted().await {
            Ok(()) => pending().await,
            Err(problem) => problem,
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(Taken { user, number, limit, .. }) = &self.0 {
            SHARES.with_borrow_mut(|shares| shares.leave(user, *number));
            // Perhaps nobody ever comes here again, and elsewhere it would count as taken until it counts no longer.
            serve(*limit);
        }
    }
}

fn refusal() -> Problem {
    too_many("too many of your requests wait for events already", RETRY_AFTER)
}

/// Has it noted anew who waits here, before what is noted counts no longer (`store::note_waits`).
pub async fn renew() -> Result<()> {
    let limit = config::rate_of_waiting().await?;
    SHARES.with_borrow_mut(Shares::renew);
    serve(limit);
    Ok(())
}

/// Has noted what changes, as long as something does.
fn serve(limit: usize) {
    if !IS_SERVED.replace(true) {
        task::spawn(async move {
            while !SHARES.with_borrow(Shares::is_settled) {
                note(limit).await;
                task::sleep(REST).await;
            }
            IS_SERVED.set(false);
        });
    }
}

async fn note(limit: usize) {
    let notes = SHARES.with_borrow(|shares| shares.due(Instant::now()));
    if notes.is_empty() {
        return;
    }
    let rooms = write(&notes, limit).await.unwrap_or_else(|problem| {
        log::line(format_args!("noting who waits: {problem}"));
        Vec::new()
    });
    SHARES.with_borrow_mut(|shares| shares.settle(&notes, &rooms, limit));
}

async fn write(notes: &[Note], limit: usize) -> Result<Vec<Room>> {
    store::note_waits(&Database::open().await?, notes, limit).await
}
