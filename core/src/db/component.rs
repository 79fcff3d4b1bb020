//! In a component: connections that the host opens.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use futures::future::join;
use futures::lock::Mutex;
use send_wrapper::SendWrapper;
use spin_sdk::sqlite;

use super::batch::{self, Batched, Member, is_busy};
use super::line::{Answer, Line, Turn, Work};
use super::pace::{self, Answered, Patience};
use super::readers::{self, IDLE_MAX, Reader};
use super::{Row, Value};
use crate::{Problem, Result, crowd, limits, schema, task};

/// What the connection that writes is told once. SQLite would wait for others in ever longer sleeps, up to 100 ms, while nobody
/// writes. So it is to look once more after a millisecond, which it sleeps more precisely than the host's timers, and then the
/// instance tries again, with whoever has come meanwhile.
const WAIT_BRIEFLY: &str = "PRAGMA busy_timeout = 1";

/// What tells a file from libSQL's server, which refuses it: there a statement waits until it is its turn. On a file it changes
/// nothing: for as many milliseconds rusqlite lets a connection wait that nothing is said to, and with it the hosts.
const WAIT_AS_EVER: &str = "PRAGMA busy_timeout = 5000";

/// Held by the one who looks whether the schema stands; how long others wait for that at most.
static LOOKING: Mutex<()> = Mutex::new(());
const LOOKING_MAX: Duration = Duration::from_secs(1);

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
    /// The connection that writes, and when it was last taken.
    static WRITER: RefCell<Option<(Rc<Connection>, Instant)>> = const { RefCell::new(None) };
    static SCHEMA_STANDS: Cell<bool> = const { Cell::new(false) };
    /// Whether the host itself runs SQLite, on a file, and not a server of libSQL's.
    static IS_FILE: Cell<bool> = const { Cell::new(false) };
}

/// The database with its schema in place.
#[derive(Debug)]
pub struct Database(());

impl Database {
    /// Sets the schema up if that hasn't been done, or seen, by this instance before.
    pub async fn open() -> Result<Self> {
        if !SCHEMA_STANDS.get() {
            // Whoever comes meanwhile waits for the one who looks: it would take a connection of their own to look at the same time.
            let _looking = task::within(LOOKING_MAX, LOOKING.lock()).await;
            if !SCHEMA_STANDS.get() {
                see_to_schema().await.map_err(Problem::unavailable)?;
                SCHEMA_STANDS.set(true);
            }
        }
        Ok(Self(()))
    }

    /// Closes connections that nobody uses, for an instance whose requests mostly wait.
    pub fn close_idle() {
        readers::close_idle();
        WRITER.with_borrow_mut(|writer| _ = writer.take_if(|(_, last_use)| last_use.elapsed() >= IDLE_MAX));
    }

    pub(super) async fn read(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        select(statement, parameters, Extent::All).await
    }

    pub(super) async fn read_first(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> std::result::Result<Option<Row>, String> {
        Ok(select(statement, parameters, Extent::First).await?.into_iter().next())
    }

    pub(super) async fn write(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        submit(Work::Alone(statement.to_owned(), parameters)).await
    }

    pub(super) async fn write_together(
        &self,
        batched: Batched,
        member: Member,
    ) -> std::result::Result<Option<Row>, String> {
        Ok(submit(Work::Together(batched, member)).await?.into_iter().next())
    }
}

async fn see_to_schema() -> std::result::Result<(), String> {
    let reader = Reader::lend().await?;
    IS_FILE.set(reader.connection()?.query(WAIT_AS_EVER, Vec::new()).await.is_ok());
    let stands = schema::stands(reader.connection()?).await;
    if reader.give_back(Ok(stands))? {
        return Ok(());
    }
    // On a connection that goes with this request: it may have a transaction open.
    schema::ensure(&Connection::open().await?).await
}

/// How much of a result is wanted.
#[derive(Clone, Copy)]
enum Extent {
    All,
    First,
}

/// Reads; once more on a new connection if it fails on one that was kept, which may have gone in the meantime.
async fn select(statement: &str, parameters: Vec<Value>, extent: Extent) -> Answer {
    let reader = Reader::lend().await?;
    let was_kept = reader.was_kept();
    let answer = reader.connection()?.select(statement, parameters.clone(), extent).await;
    let answer = reader.give_back(answer);
    if answer.is_ok() || !was_kept {
        return answer;
    }
    let reader = Reader::lend().await?;
    let answer = reader.connection()?.select(statement, parameters, extent).await;
    reader.give_back(answer)
}

async fn submit(work: Work) -> Answer {
    let (answer, must_serve) = LINE.with_borrow_mut(|line| line.join(work));
    if must_serve {
        // Not by whoever came first: their request may be given up while others still wait.
        task::spawn(serve());
    }
    // Lets that begin. And Wasmtime looks once more whether the instance is free for another request, which it otherwise does when
    // something comes back from the database.
    task::yield_now().await;
    answer.await.unwrap_or_else(|_| Err("the change was given up".to_owned()))
}

async fn serve() {
    while let Some(turn) = LINE.with_borrow_mut(Line::next) {
        let begun = Instant::now();
        let made = take_turn(turn).await;
        let (changes, taken) = (made.answers.len(), begun.elapsed());
        if made.was_contended {
            pace::give_bit_by_bit(made.answers, taken).await;
            pace::linger(changes, taken, || LINE.with_borrow(Line::len)).await;
        } else {
            made.answers.into_iter().for_each(pace::give);
        }
        if let Some(seen) = crowd::note_turn(changes, taken) {
            judge(seen).await;
        }
    }
}

/// Lets the instance find out whether it is one too many. It is not worth another try.
async fn judge(seen: crowd::Seen) {
    let statements = try_alone(crowd::STATEMENTS, Vec::new()).await;
    if let Some(row) = statements.ok().as_ref().and_then(|rows| rows.first()) {
        crowd::judge(seen, row);
    }
}

/// What came of a turn.
struct Made {
    answers: Vec<Answered>,
    /// Whether others have written meanwhile, or may have.
    was_contended: bool,
}

async fn take_turn(turn: Turn) -> Made {
    match turn {
        Turn::Alone(statement, parameters, sender) => {
            Made { answers: vec![(sender, make(&statement, parameters).await)], was_contended: false }
        }
        Turn::Together(batched, members, senders) => make_together(batched, members, senders).await,
    }
}

/// Makes a change that may not be made twice: once more, on another connection, only where the database says that it has not
/// looked at it.
async fn make(statement: &str, parameters: Vec<Value>) -> Answer {
    let has_gone = |answer: &Answer| failed(answer, batch::has_expired);
    twice_if_lost(has_gone, || try_alone(statement, parameters.clone())).await
}

/// Tries something once more, on another connection, where one that was kept had gone in the meantime.
async fn twice_if_lost<T>(has_gone: impl FnOnce(&T) -> bool, attempt: impl AsyncFn() -> T) -> T {
    let was_kept = WRITER.with_borrow(Option::is_some);
    let outcome = attempt().await;
    if was_kept && has_gone(&outcome) { attempt().await } else { outcome }
}

async fn try_alone(statement: &str, parameters: Vec<Value>) -> Answer {
    let answer = writer().await?.change(statement, parameters).await;
    if failed(&answer, is_broken) {
        WRITER.take();
    }
    answer
}

/// Whether something failed, and for such a reason.
fn failed<T>(outcome: &std::result::Result<T, String>, reason: fn(&str) -> bool) -> bool {
    outcome.as_ref().is_err_and(|error| reason(error))
}

/// Whether the connection may be broken on which a statement failed: it isn't where others write, or where the statement asked for
/// more than its user may have.
fn is_broken(error: &str) -> bool {
    !is_busy(error) && !limits::is_refusal(error)
}

/// Makes changes in one statement. While others write, more may come to it.
async fn make_together(batched: Batched, mut members: Vec<Member>, mut senders: Vec<oneshot::Sender<Answer>>) -> Made {
    let mut patience = Patience::new();
    loop {
        // They may be made once more, whatever became of them.
        let has_gone = |answers: &Vec<Answer>| answers.iter().all(|answer| failed(answer, is_broken));
        let answers = twice_if_lost(has_gone, || try_together(batched, &members)).await;
        let is_locked = answers.iter().all(|answer| failed(answer, is_busy));
        if !is_locked || !patience.wait().await {
            let was_contended = patience.has_waited() || !IS_FILE.get();
            return Made { answers: senders.into_iter().zip(answers).collect(), was_contended };
        }
        LINE.with_borrow_mut(|line| line.fill(batched, &mut members, &mut senders));
    }
}

async fn try_together(batched: Batched, members: &[Member]) -> Vec<Answer> {
    let writer = match writer().await {
        Ok(writer) => writer,
        Err(error) => return vec![Err(error); members.len()],
    };
    let outcomes = batch::run(&writer, batched, members).await;
    if outcomes.iter().any(|outcome| failed(outcome, is_broken)) {
        // A connection on which something failed may be broken: the next turn opens another.
        WRITER.take();
    }
    outcomes.into_iter().map(|outcome| outcome.map(Vec::from_iter)).collect()
}

async fn writer() -> std::result::Result<Rc<Connection>, String> {
    let kept = WRITER.with_borrow_mut(|writer| {
        writer.as_mut().map(|(open, last_use)| {
            *last_use = Instant::now();
            Rc::clone(open)
        })
    });
    if let Some(open) = kept {
        return Ok(open);
    }
    let opened = Rc::new(Reader::take().await?);
    if IS_FILE.get() {
        // One that can't be told so waits in SQLite's way.
        _ = opened.query(WAIT_BRIEFLY, Vec::new()).await;
    }
    WRITER.set(Some((Rc::clone(&opened), Instant::now())));
    Ok(opened)
}

/// A connection that the host opened. A component has one thread, which is what `SendWrapper` checks: axum asks for
/// `Send`, and Spin's bindings can't promise it.
pub struct Connection(SendWrapper<sqlite::Connection>);

impl Connection {
    pub(super) async fn open() -> std::result::Result<Self, String> {
        let opened = SendWrapper::new(sqlite::Connection::open_default()).await;
        opened.map(|connection| Self(SendWrapper::new(connection))).map_err(describe)
    }

    pub(crate) async fn query(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        SendWrapper::new(async {
            let result = self.0.execute(statement, parameters).await.map_err(describe)?;
            let (_, rows, outcome) = result.into_inner();
            // At once, because each of them by itself is a way to the host and back.
            let (rows, outcome) = join(rows.collect(), outcome.into_future()).await;
            outcome.map_err(describe)?;
            Ok(rows.into_iter().map(Row).collect())
        })
        .await
    }

    /// Runs a statement that writes, again and again while others write.
    pub(crate) async fn change(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        let mut patience = Patience::new();
        loop {
            let answer = self.query(statement, parameters.clone()).await;
            if !failed(&answer, is_busy) || !patience.wait().await {
                return answer;
            }
        }
    }

    async fn select(&self, statement: &str, parameters: Vec<Value>, extent: Extent) -> Answer {
        match extent {
            Extent::All => self.query(statement, parameters).await,
            Extent::First => self.first(statement, parameters).await,
        }
    }

    /// The first row of a statement that only reads. With it there is no need to know how the statement goes on. But where a server
    /// runs it, it is to be over before another one begins on this connection: that would wait in one of the server's few threads,
    /// and with one in each of them nobody is left there who lets the first ones end. (To ask costs one read in twenty.)
    async fn first(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        SendWrapper::new(async {
            let result = self.0.execute(statement, parameters).await.map_err(describe)?;
            let (_, mut rows, outcome) = result.into_inner();
            let first = rows.next().await;
            drop(rows);
            let Some(row) = first else {
                return outcome.await.map(|()| Vec::new()).map_err(describe);
            };
            if !IS_FILE.get() {
                // It may have been broken off for what nobody wants of it.
                _ = outcome.await;
            }
            Ok(vec![Row(row)])
        })
        .await
    }
}

fn describe(error: sqlite::Error) -> String {
    match error {
        sqlite::Error::Io(message) => message,
        other => format!("{other:?}"),
    }
}
