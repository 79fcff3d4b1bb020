//! Creating a key that isn't there and deleting it again, each as a transaction over etcd's JSON gateway: what somebody
//! would do who keeps edit locks in etcd.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::api::{Client, Exchange, Work};
use crate::client::{Connection, Hosts, request};
use crate::pending::Pending;

/// How many keys a client goes through, as many as one of Baton's has parts.
const KEYS: u32 = 16;

/// Creates a key and deletes it.
pub struct CreateDelete;

impl Work for CreateDelete {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let hosts = hosts.of(number);
        Box::pin(async move {
            let connection = Connection::open(&hosts).await?;
            Ok(Box::new(Locker { connection, number, turn: 0 }) as Box<dyn Client>)
        })
    }
}

struct Locker {
    connection: Connection,
    number: u32,
    turn: u32,
}

impl Locker {
    fn next_key(&mut self) -> String {
        self.turn = (self.turn + 1) % KEYS;
        BASE64_STANDARD.encode(format!("locks/EDIT-{}-{}", self.number, self.turn))
    }

    fn owner(&self) -> String {
        BASE64_STANDARD.encode(format!("editor-{}", self.number))
    }

    async fn transact(&mut self, transaction: &Value) -> Result<()> {
        let request = request(&Method::POST, "/v3/kv/txn", None, Some(transaction))?;
        let answer = self.connection.call(request).await?.expect(&[200])?.json()?;
        ensure!(answer["succeeded"] == true, "the key is not as it should be: {answer}");
        Ok(())
    }
}

impl Client for Locker {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            let key = self.next_key();
            let (create, delete) = (creation(&key, &self.owner()), deletion(&key));
            let ((), created) = Exchange::of(self.transact(&create)).await.context("creating")?;
            let ((), deleted) = Exchange::of(self.transact(&delete)).await.context("deleting")?;
            Ok(vec![created, deleted])
        })
    }
}

fn creation(key: &str, value: &str) -> Value {
    json!({
        "compare": [{ "key": key, "target": "CREATE", "result": "EQUAL", "create_revision": "0" }],
        "success": [{ "request_put": { "key": key, "value": value } }],
    })
}

fn deletion(key: &str) -> Value {
    json!({
        "compare": [{ "key": key, "target": "CREATE", "result": "GREATER", "create_revision": "0" }],
        "success": [{ "request_delete_range": { "key": key } }],
    })
}
