//! The instance's connections for statements that read: few, opened when they are needed, and lent in the order in which
//! they are asked for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use super::Connection;

/// How many there are at most. Statements that read are short; what more connections would add is memory.
const OPEN_MAX: usize = 3;

/// How long one is kept that nobody uses, where they are closed. Each costs the host hundreds of kilobytes: it has read the
/// whole schema.
pub const IDLE_MAX: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Readers {
    /// With the time of their last use, the latest last.
    free: Vec<(Connection, Instant)>,
    lent: usize,
    line: VecDeque<oneshot::Sender<Reader>>,
}

thread_local! {
    static READERS: RefCell<Readers> = RefCell::default();
}

/// A connection for one statement. It goes back when this is dropped.
pub struct Reader {
    connection: Option<Connection>,
    was_kept: bool,
}

impl Reader {
    /// Waits for a connection.
    ///
    /// Errors: a new one can't be opened.
    pub async fn lend() -> Result<Self, String> {
        let mut reader = place().await?;
        if reader.connection.is_none() {
            reader.connection = Some(Connection::open().await?);
        }
        Ok(reader)
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
        if answer.is_err() {
            self.connection = None;
            READERS.with_borrow_mut(|readers| readers.free.clear());
        }
        answer
    }

    fn new(connection: Option<Connection>) -> Self {
        Self { was_kept: connection.is_some(), connection }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut connection = self.connection.take();
        READERS.with_borrow_mut(|readers| {
            while let Some(next) = readers.line.pop_front() {
                match next.send(Self::new(connection)) {
                    Ok(()) => return,
                    // Has gone in the meantime.
                    Err(mut back) => {
                        connection = back.connection.take();
                        std::mem::forget(back);
                    }
                }
            }
            readers.lent -= 1;
            readers.free.extend(connection.map(|connection| (connection, Instant::now())));
        });
    }
}

/// Gives away a connection that somebody has just used and nobody uses now: whoever begins to write needs none that reads the
/// whole schema once more. A burst of requests makes many instances on Spin, most of which then have this one alone.
pub fn take_recent() -> Option<Connection> {
    READERS.with_borrow_mut(|readers| {
        let is_recent = readers.free.last().is_some_and(|(_, last_use)| last_use.elapsed() < IDLE_MAX);
        if is_recent { readers.free.pop().map(|(connection, _)| connection) } else { None }
    })
}

/// Closes the connections that nobody has used for a while.
pub fn close_idle() {
    READERS.with_borrow_mut(|readers| readers.free.retain(|(_, last_use)| last_use.elapsed() < IDLE_MAX));
}

/// A free connection, or the right to open one; if there is neither, the next one that comes back.
async fn place() -> Result<Reader, String> {
    let waiting = READERS.with_borrow_mut(|readers| {
        if readers.lent < OPEN_MAX {
            readers.lent += 1;
            return Err(Reader::new(readers.free.pop().map(|(connection, _)| connection)));
        }
        let (sender, receiver) = oneshot::channel();
        readers.line.push_back(sender);
        Ok(receiver)
    });
    match waiting {
        Err(reader) => Ok(reader),
        Ok(receiver) => receiver.await.map_err(|_| "nobody lends a connection".to_owned()),
    }
}
