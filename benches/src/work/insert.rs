//! Bare inserts on libSQL's server, each client on a stream of its own: the least that a durable change takes there. A row is
//! as large as what an acquire or a release writes: a session, an event, a delivery and an audit row.

use anyhow::{Result, ensure};
use http::Method;
use serde_json::{Value, json};

use super::api::{Client, Exchange, Work};
use crate::client::{Answer, Connection, Hosts, request};
use crate::pending::Pending;

/// How large a row is, in bytes.
const ROW_BYTES: usize = 1_000;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO rows (text) VALUES (?)";

/// Inserts two rows, as many as acquiring and releasing are changes.
pub struct Insert;

impl Work for Insert {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let hosts = hosts.of(number);
        Box::pin(async move {
            let mut inserter = Inserter { connection: Connection::open(&hosts).await?, stream: Value::Null };
            inserter.execute(TABLE, json!([])).await?;
            Ok(Box::new(inserter) as Box<dyn Client>)
        })
    }
}

struct Inserter {
    connection: Connection,
    /// What names the stream in the next request (the "baton" of Hrana over HTTP).
    stream: Value,
}

impl Inserter {
    async fn execute(&mut self, statement: &str, arguments: Value) -> Result<()> {
        let execute = json!({ "type": "execute", "stmt": { "sql": statement, "args": arguments } });
        let pipeline = json!({ "baton": self.stream.take(), "requests": [execute] });
        let request = request(&Method::POST, "/v2/pipeline", None, Some(&pipeline))?;
        let answer = self.connection.call(request).await?.expect(&[200])?;
        self.stream = outcome(&answer)?;
        Ok(())
    }

    async fn insert(&mut self) -> Result<Exchange> {
        let text = json!([{ "type": "text", "value": "x".repeat(ROW_BYTES) }]);
        Ok(Exchange::of(self.execute(INSERT, text)).await?.1)
    }
}

/// How the stream is named from now on.
fn outcome(answer: &Answer) -> Result<Value> {
    let mut document = answer.json()?;
    ensure!(document["results"][0]["type"] == "ok", "libSQL refuses: {document}");
    Ok(document["baton"].take())
}

impl Client for Inserter {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async { Ok(vec![self.insert().await?, self.insert().await?]) })
    }
}
