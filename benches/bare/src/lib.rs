//! The least that a component can do: answer a fixed text, read a row, insert a row. What a host takes for that it takes from
//! whatever runs there.

#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, reason = "`http_service` writes the exports here")]

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use spin_sdk::http::{FullBody, Method, Request, Response, StatusCode};
use spin_sdk::http_service;
use spin_sdk::sqlite::{Connection, Error, Value};
use spin_sdk::time::sleep;

const TEXT: &str = "as always\n";

/// How large a row is, in bytes: as what an acquire or a release writes, a session, an event, a delivery and an audit row.
const ROW_BYTES: usize = 1_000;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
const READ: &str = "SELECT text FROM rows WHERE id = 1";
const INSERT: &str = "INSERT INTO rows (text) VALUES (?)";

/// What a connection is told once, as Baton does: while others write, SQLite looks once more after a millisecond, and then the instance
/// tries again sooner than SQLite would, whose sleeps grow to 100 ms. Not every host knows these.
const SETTINGS: [&str; 2] = ["PRAGMA journal_mode = WAL", "PRAGMA busy_timeout = 1"];
const PAUSE_MICROSECONDS: u32 = 2_000;

thread_local! {
    /// Connections that no request uses: one takes a statement at a time.
    static FREE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
}

/// `POST` inserts a row, `GET /row` reads one, and everything else is answered with what is known by heart.
#[http_service]
async fn handle(request: Request) -> Response<FullBody<&'static [u8]>> {
    let outcome = match (request.method(), request.uri().path()) {
        (&Method::POST, _) => run(INSERT, vec![Value::Text("x".repeat(ROW_BYTES))]).await,
        (_, "/row") => run(READ, Vec::new()).await,
        _ => Ok(()),
    };
    // With a length, as Baton's own answers: without one it would go out in chunks.
    let mut response = Response::new(FullBody::new(TEXT.as_bytes()));
    response.headers_mut().insert("content-type", "text/plain".parse().expect("a header value"));
    response.headers_mut().insert("content-length", TEXT.len().into());
    if outcome.is_err() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

async fn run(statement: &str, parameters: Vec<Value>) -> Result<(), Error> {
    let connection = match FREE.with_borrow_mut(Vec::pop) {
        Some(kept) => kept,
        None => open().await?,
    };
    loop {
        match execute(&connection, statement, parameters.clone()).await {
            Err(Error::Io(message)) if message.contains("locked") || message.contains("busy") => sleep(pause()).await,
            outcome => {
                if outcome.is_ok() {
                    FREE.with_borrow_mut(|free| free.push(connection));
                }
                return outcome;
            }
        }
    }
}

fn pause() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_micros((now.subsec_nanos() % PAUSE_MICROSECONDS).into())
}

async fn open() -> Result<Connection, Error> {
    let opened = Connection::open_default().await?;
    execute(&opened, TABLE, Vec::new()).await?;
    for setting in SETTINGS {
        _ = execute(&opened, setting, Vec::new()).await;
    }
    Ok(opened)
}

async fn execute(connection: &Connection, statement: &str, parameters: Vec<Value>) -> Result<(), Error> {
    let (_, rows, outcome) = connection.execute(statement, parameters).await?.into_inner();
    rows.collect().await;
    outcome.await
}
