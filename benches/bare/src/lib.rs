//! The least that a component can do: answer a fixed text, read a row, insert a row. What a host takes for that it takes from
//! whatever runs there.

#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, reason = "`http_service` writes the exports here")]

use std::cell::RefCell;
use std::rc::Rc;

use spin_sdk::http::{FullBody, Method, Request, Response, StatusCode};
use spin_sdk::http_service;
use spin_sdk::sqlite::{Connection, Error, Value};

const TEXT: &str = "as always\n";

/// How large a row is, in bytes: as what an acquire or a release writes, a session, an event, a delivery and an audit row.
const ROW_BYTES: usize = 1_000;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
const READ: &str = "SELECT text FROM rows WHERE id = 1";
const INSERT: &str = "INSERT INTO rows (text) VALUES (?)";

thread_local! {
    /// The instance's one connection.
    static CONNECTION: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
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
    let connection = connection().await?;
    execute(&connection, statement, parameters).await
}

async fn connection() -> Result<Rc<Connection>, Error> {
    if let Some(open) = CONNECTION.with_borrow(Clone::clone) {
        return Ok(open);
    }
    let opened = Rc::new(Connection::open_default().await?);
    execute(&opened, TABLE, Vec::new()).await?;
    CONNECTION.set(Some(Rc::clone(&opened)));
    Ok(opened)
}

async fn execute(connection: &Connection, statement: &str, parameters: Vec<Value>) -> Result<(), Error> {
    let (_, rows, outcome) = connection.execute(statement, parameters).await?.into_inner();
    rows.collect().await;
    outcome.await
}
