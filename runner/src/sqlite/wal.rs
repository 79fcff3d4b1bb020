//! Keeps the write-ahead log short.
//!
//! SQLite lets whoever commits copy the log into the database once it has a thousand pages, and everybody waits for that.
//! Here a thread of its own copies, beside the writer. It doesn't get everything while the writer goes on; the writer itself
//! copies the little that is left, and begins the log from its start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};

use anyhow::Result;

use super::file::DatabaseFile;

/// How many pages come into the log before they are copied: some 16 MiB.
const PAGES: usize = 4_000;

/// The log of the connection that writes.
pub struct Wal {
    /// How many pages the log had at the last commit.
    pages: Arc<AtomicUsize>,
    /// Whether the thread has copied what it could.
    copied: Arc<AtomicBool>,
    wake: SyncSender<()>,
    /// How many pages the log has when it is copied next.
    due: usize,
}

impl Wal {
    /// Takes over from SQLite's own automatic.
    ///
    /// Errors: no other connection, or no other thread.
    pub fn keep(writer: &mut rusqlite::Connection, file: &DatabaseFile) -> Result<Self> {
        let pages = Arc::new(AtomicUsize::new(0));
        let copied = Arc::new(AtomicBool::new(false));
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        let own = file.connect()?;
        let done = Arc::clone(&copied);
        std::thread::Builder::new().name("wal".to_owned()).spawn(move || {
            while woken.recv().is_ok() {
                copy(&own);
                done.store(true, Ordering::Release);
            }
        })?;
        let counted = Arc::clone(&pages);
        writer.wal_hook(Some(move |_: &mut _, pages| {
            counted.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, copied, wake, due: PAGES })
    }

    /// Looks at the log after a commit, while nobody else writes.
    pub fn keep_short(&mut self, writer: &rusqlite::Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if self.copied.swap(false, Ordering::Acquire) {
            copy(writer);
            // If somebody reads what is old, the log can't begin anew yet.
            self.due = pages + PAGES;
        }
        if pages < PAGES {
            self.due = PAGES;
        } else if pages >= self.due && self.wake.try_send(()).is_ok() {
            self.due = usize::MAX;
        }
    }
}

/// Copies what nobody is in the way of; what is left comes with the next time.
fn copy(connection: &rusqlite::Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
        eprintln!("can't copy the write-ahead log into the database: {error}");
    }
}
