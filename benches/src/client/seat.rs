//! A user at a workstation, with a connection to the application.

use anyhow::{Context, Result, bail};
use baton_client::poll_path;
use baton_tests::token;
use http::Method;
use serde_json::{Value, json};

use super::{Answer, Connection, Hosts, request, text};

/// How long a session lasts: longer than any run, so that none expires in the middle of one.
const TTL_SECONDS: u32 = 86_400;

/// What a user shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Credential {
    /// A signed token.
    Token,
    /// An API key.
    Key,
}

/// Who sits where.
#[derive(Clone)]
pub struct Identity {
    /// The user's token, or key.
    pub token: String,
    /// The workstation's id.
    pub workstation: String,
}

/// A user at a workstation.
pub struct Seat {
    identity: Identity,
    hosts: Hosts,
    connection: Connection,
}

impl Seat {
    /// Registers this user's workstation; it may be registered already.
    pub async fn take(hosts: &Hosts, user: &str) -> Result<Self> {
        Self::take_as(hosts, user, "editor").await
    }

    /// [`Seat::take`], for a user of this role.
    pub async fn take_as(hosts: &Hosts, user: &str, role: &str) -> Result<Self> {
        let mut seat = Self::open(hosts, user, role).await?;
        seat.register(user).await?;
        Ok(seat)
    }

    /// A user of this role, whose workstation is yet to be registered.
    pub async fn open(hosts: &Hosts, user: &str, role: &str) -> Result<Self> {
        Self::resume(hosts, Identity { token: token::good(user, role), workstation: String::new() }).await
    }

    /// Registers the user's workstation under this name; it may be registered already.
    pub async fn register(&mut self, name: &str) -> Result<()> {
        let body = json!({ "name": name, "fingerprint": format!("bench-{name}") });
        let answer = self.call(&Method::POST, "/api/workstations", Some(&body)).await?;
        let answer = answer.expect(&[200, 201]).context("registering a workstation")?;
        self.identity.workstation = text(&answer.json()?, "id")?;
        Ok(())
    }

    /// From now on the user shows this.
    pub async fn show(&mut self, credential: Credential) -> Result<()> {
        if credential == Credential::Key {
            let answer = self.call(&Method::POST, "/api/keys", Some(&json!({ "name": "bench" }))).await?;
            self.identity.token = text(&answer.expect(&[201]).context("making a key")?.json()?, "secret")?;
        }
        Ok(())
    }

    /// The same user at the same workstation on another connection.
    pub async fn beside(&self) -> Result<Self> {
        Self::resume(&self.hosts, self.identity.clone()).await
    }

    /// A registered workstation on a connection of its own.
    pub async fn resume(hosts: &Hosts, identity: Identity) -> Result<Self> {
        Ok(Self { identity, hosts: hosts.clone(), connection: Connection::open(hosts).await? })
    }

    /// Who sits here.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Sends a request with the user's token.
    pub async fn call(&mut self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let request = request(method, path, Some(&self.identity.token), body)?;
        self.connection.call(request).await
    }

    /// Acquires a part, and returns the path of the session. Holding it already is as good.
    pub async fn acquire(&mut self, part: &str) -> Result<String> {
        let path = format!("/api/items/{part}/edit-sessions");
        let body = json!({ "workstation_id": self.identity.workstation, "ttl_seconds": TTL_SECONDS });
        let answer = self.call(&Method::POST, &path, Some(&body)).await?.expect(&[200, 201]).context("acquiring")?;
        Ok(format!("{path}/{}", text(&answer.json()?, "id")?))
    }

    /// Waits up to `wait` seconds for events after the cursor; without one, for events from now on.
    pub async fn events(&mut self, after: Option<&str>, wait: u32) -> Result<Value> {
        match self.poll(after, wait).await? {
            Poll::Answered(events) => Ok(events),
            Poll::Refused => bail!("waiting for events: 503"),
        }
    }

    /// [`Seat::events`], for one who would ask again when the server is overburdened.
    pub async fn poll(&mut self, after: Option<&str>, wait: u32) -> Result<Poll> {
        let path = poll_path(&self.identity.workstation, after, wait);
        let answer = self.call(&Method::GET, &path, None).await?.expect(&[200, 503]).context("waiting for events")?;
        if answer.status == 503 {
            return Ok(Poll::Refused);
        }
        answer.json().map(Poll::Answered)
    }
}

/// What came of waiting for events.
pub enum Poll {
    /// The answer, with events or without.
    Answered(Value),
    /// 503.
    Refused,
}
