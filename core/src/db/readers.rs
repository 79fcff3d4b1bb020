//! The instance's connections for statements that read: few, opened when they are needed, and lent in the order in which
//! they are asked for.
//!
//! Each reads the whole schema before it does anything, which takes ten milliseconds, and much longer while other instances do the
//! same: SQLite counts its memory under one lock for the whole process. So an instance that has just begun lets whoever comes wait for
//! its first connection, and opens another one when they have to wait in spite of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use super::Connection;
use crate::task;

/// How many there are at most. Statements that read are short; what more connections would add is memory.
const OPEN_MAX: usize = 3;

/// How long one is kept that nobody uses, where they are closed. Each costs the host hundreds of kilobytes: it has read the
/// whole schema.
pub const IDLE_MAX: Duration = Duration::from_secs(5);

/// How long somebody waits for a connection before it is worth opening another one.
const WAIT: Duration = Duration::from_millis(2);

/// How long one may take to open until another one is opened beside it.
const OPENING_MAX: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Readers {
    /// With the time of their last use, the latest last.
    free: Vec<(Connection, Instant)>,
    lent: usize,
    /// Since when somebody has been opening one, which lasts until its first statement has ended.
    opening: Option<Instant>,
    line: VecDeque<oneshot::Sender<Reader>>,
}

impl Readers {
    /// A free connection that was used so recently, or the right to open the first one; if there is neither, a place in the line.
    fn ask(&mut self, unused_max: Duration) -> Result<Reader, oneshot::Receiver<Reader>> {
        if self.free.last().is_some_and(|(_, last_use)| last_use.elapsed() < unused_max) {
            self.lent += 1;
            return Ok(Reader::new(self.free.pop().map(|(connection, _)| connection)));
        }
        if self.lent == 0 {
            return Ok(self.open());
        }
        let (sender, receiver) = oneshot::channel();
        self.line.push_back(sender);
        Err(receiver)
    }

    /// The right to open another one, if nobody is opening one and there aren't so many.
    fn ask_for_another(&mut self, open_max: usize) -> Option<Reader> {
        let is_opening = self.opening.is_some_and(|since| since.elapsed() < OPENING_MAX);
        (self.lent < open_max && !is_opening).then(|| self.open())
    }

    fn open(&mut self) -> Reader {
        self.lent += 1;
        self.opening = Some(Instant::now());
        Reader::new(None)
    }

    /// Gives a connection to the next in the line, or the right to open one if there is none to give.
    fn hand_over(&mut self, mut connection: Option<Connection>) {
        while let Some(next) = self.line.pop_front() {
            let is_new = connection.is_none();
            match next.send(Reader::new(connection)) {
                Ok(()) => {
                    self.opening = if is_new { Some(Instant::now()) } else { self.opening };
                    return;
                }
                // Has gone in the meantime.
                Err(mut back) => {
                    connection = back.connection.take();
                    std::mem::forget(back);
                }
            }
        }
        self.lent -= 1;
        self.free.extend(connection.map(|connection| (connection, Instant::now())));
    }
}

thread_local! {
    static READERS: RefCell<Readers> = RefCell::default();
}

/// A connection for one statement. It is closed with whoever is given up in the middle of it: another statement would come before
/// that is over.
pub struct Reader {
    connection: Option<Connection>,
    was_kept: bool,
    /// Whether the statement is over.
    is_free: bool,
}

impl Reader {
    /// Waits for a connection.
    ///
    /// Errors: a new one can't be opened.
    pub async fn lend() -> Result<Self, String> {
        Self::opened(place(Duration::MAX, OPEN_MAX).await?).await
    }

    /// Waits for a connection to keep: a new one, or one that has just been used and that the host can't have closed. However many read,
    /// there is one for whoever begins to write.
    ///
    /// Errors: a new one can't be opened.
    pub async fn take() -> Result<Connection, String> {
        let mut reader = Self::opened(place(IDLE_MAX, usize::MAX).await?).await?;
        reader.connection.take().ok_or_else(|| "the connection has been closed".to_owned())
    }

    async fn opened(mut self) -> Result<Self, String> {
        if self.connection.is_none() {
            self.connection = Some(Connection::open().await?);
        }
        Ok(self)
    }

    /// The connection.
    pub fn connection(&self) -> Result<&Connection, String> {
        self.connection.as_ref().ok_or_else(|| "the connection has been closed".to_owned())
    }

    /// Whether somebody has used it before.
    pub fn was_kept(&self) -> bool {
        self.was_kept
    }

    /// Gives the connection back after a statement. If that failed, something may be wrong with the connection: it is closed,
    /// with those that are as old, and the next one opens another.
    pub fn give_back<T>(mut self, answer: Result<T, String>) -> Result<T, String> {
        self.is_free = answer.is_ok();
        if answer.is_err() {
            READERS.with_borrow_mut(|readers| readers.free.clear());
        }
        answer
    }

    fn new(connection: Option<Connection>) -> Self {
        Self { was_kept: connection.is_some(), connection, is_free: false }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(|_| self.is_free);
        READERS.with_borrow_mut(|readers| {
            if !self.was_kept {
                readers.opening = None;
            }
            readers.hand_over(connection);
        });
    }
}

/// Closes the connections that nobody has used for a while.
pub fn close_idle() {
    READERS.with_borrow_mut(|readers| readers.free.retain(|(_, last_use)| last_use.elapsed() < IDLE_MAX));
}

/// A free connection that was used so recently, or the right to open one; if there is neither, the next one that comes back.
async fn place(unused_max: Duration, open_max: usize) -> Result<Reader, String> {
    let mut lent = match READERS.with_borrow_mut(|readers| readers.ask(unused_max)) {
        Ok(reader) => return Ok(reader),
        Err(lent) => lent,
    };
    let mut wait = WAIT;
    loop {
        match task::within(wait, &mut lent).await {
            Some(lent) => return lent.map_err(|_| "nobody lends a connection".to_owned()),
            None => match READERS.with_borrow_mut(|readers| readers.ask_for_another(open_max)) {
                Some(reader) => return Ok(reader),
                None => wait = OPENING_MAX,
            },
        }
    }
}
