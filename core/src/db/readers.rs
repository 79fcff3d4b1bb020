//! The instance's connections for statements that read: few, opened when they are needed, and lent in the order in which
//! they are asked for.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures::channel::oneshot;

use super::Connection;

/// How many there are at most. Statements that read are short; what more connections would add is memory.
const OPEN_MAX: usize = 3;

#[derive(Default)]
struct Readers {
    free: Vec<Connection>,
    lent: usize,
    line: VecDeque<oneshot::Sender<Reader>>,
}

thread_local! {
    static READERS: RefCell<Readers> = RefCell::default();
}

/// A connection for one statement. It goes back when this is dropped.
pub struct Reader(Option<Connection>);

impl Reader {
    /// Waits for a connection.
    ///
    /// Errors: a new one can't be opened.
    pub async fn lend() -> Result<Self, String> {
        let mut reader = place().await?;
        if reader.0.is_none() {
            reader.0 = Some(Connection::open().await?);
        }
        Ok(reader)
    }

    /// The connection.
    pub fn connection(&self) -> Result<&Connection, String> {
        self.0.as_ref().ok_or_else(|| "the connection has been closed".to_owned())
    }

    /// Gives the connection back after a statement. If that failed, something may be wrong with the connection: it is closed,
    /// and the next one opens another.
    pub fn give_back<T>(mut self, answer: Result<T, String>) -> Result<T, String> {
        if answer.is_err() {
            self.0 = None;
        }
        answer
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut connection = self.0.take();
        READERS.with_borrow_mut(|readers| {
            while let Some(next) = readers.line.pop_front() {
                match next.send(Self(connection)) {
                    Ok(()) => return,
                    // Has gone in the meantime.
                    Err(mut back) => {
                        connection = back.0.take();
                        std::mem::forget(back);
                    }
                }
            }
            readers.lent -= 1;
            readers.free.extend(connection);
        });
    }
}

/// A free connection, or the right to open one; if there is neither, the next one that comes back.
async fn place() -> Result<Reader, String> {
    let waiting = READERS.with_borrow_mut(|readers| {
        if readers.lent < OPEN_MAX {
            readers.lent += 1;
            return Err(Reader(readers.free.pop()));
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
