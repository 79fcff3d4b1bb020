//! In a component: connections that the host opens.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::rc::Rc;

use futures::future::join;
use send_wrapper::SendWrapper;
use spin_sdk::sqlite;

use super::batch::{self, Batched, Member};
use super::line::{Answer, Kind, Lines, Turn, Work};
use super::readers::Reader;
use super::{Row, Value};
use crate::{Problem, Result, schema, task};

thread_local! {
    static LINES: RefCell<Lines> = RefCell::default();
    /// The connection that writes.
    static WRITER: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
    static SCHEMA_STANDS: Cell<bool> = const { Cell::new(false) };
}

/// The database with its schema in place.
#[derive(Debug)]
pub struct Database(());

impl Database {
    /// Sets the schema up if that hasn't been done, or seen, by this instance before.
    pub async fn open() -> Result<Self> {
        if !SCHEMA_STANDS.get() {
            let reader = Reader::lend().await.map_err(Problem::unavailable)?;
            let connection = reader.connection().map_err(Problem::unavailable)?;
            if !schema::stands(connection).await {
                // On a connection that goes with this request: it may have a transaction open.
                let own = Connection::open().await.map_err(Problem::unavailable)?;
                schema::ensure(&own).await.map_err(Problem::unavailable)?;
            }
            SCHEMA_STANDS.set(true);
        }
        Ok(Self(()))
    }

    pub(super) async fn read(&self, statement: &str, parameters: Vec<Value>) -> Answer {
        let reader = Reader::lend().await?;
        let answer = reader.connection()?.query(statement, parameters).await;
        reader.give_back(answer)
    }

    pub(super) async fn read_first(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> std::result::Result<Option<Row>, String> {
        let reader = Reader::lend().await?;
        let answer = reader.connection()?.first(statement, parameters).await;
        reader.give_back(answer)
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

async fn submit(work: Work) -> Answer {
    let (answer, must_serve) = LINES.with_borrow_mut(|lines| lines.join(work));
    if let Some(kind) = must_serve {
        // Not by whoever came first: their request may be given up while others still wait.
        task::spawn(serve(kind));
    }
    answer.await.unwrap_or_else(|_| Err("the change was given up".to_owned()))
}

async fn serve(kind: Kind) {
    while let Some(turn) = LINES.with_borrow_mut(|lines| lines.next(kind)) {
        take_turn(turn).await;
    }
}

async fn take_turn(turn: Turn) {
    let opened = writer().await;
    let (answers, senders) = match (turn, &opened) {
        (Turn::Alone(statement, parameters, sender), Ok(connection)) => {
            (vec![connection.query(&statement, parameters).await], vec![sender])
        }
        (Turn::Together(batched, members, senders), Ok(connection)) => {
            let outcomes = batch::run(connection, batched, &members).await;
            (outcomes.into_iter().map(|outcome| outcome.map(Vec::from_iter)).collect(), senders)
        }
        (Turn::Alone(_, _, sender), Err(error)) => (vec![Err(error.clone())], vec![sender]),
        (Turn::Together(_, _, senders), Err(error)) => (vec![Err(error.clone()); senders.len()], senders),
    };
    if answers.iter().any(Answer::is_err) {
        // A connection on which something failed may be broken: the next turn opens another.
        WRITER.take();
    }
    for (sender, answer) in senders.into_iter().zip(answers) {
        // Nobody may be waiting for it any more.
        _ = sender.send(answer);
    }
}

async fn writer() -> std::result::Result<Rc<Connection>, String> {
    if let Some(open) = WRITER.with_borrow(Clone::clone) {
        return Ok(open);
    }
    let opened = Rc::new(Connection::open().await?);
    WRITER.set(Some(Rc::clone(&opened)));
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

    /// The first row of a statement that only reads. With it there is no need to know how the statement goes on.
    async fn first(&self, statement: &str, parameters: Vec<Value>) -> std::result::Result<Option<Row>, String> {
        SendWrapper::new(async {
            let result = self.0.execute(statement, parameters).await.map_err(describe)?;
            let (_, mut rows, outcome) = result.into_inner();
            match rows.next().await {
                Some(row) => Ok(Some(Row(row))),
                None => outcome.await.map(|()| None).map_err(describe),
            }
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
