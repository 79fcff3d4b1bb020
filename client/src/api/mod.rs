//! What a user does with a Baton: the routes of the contract, each answer as the document that it is.

mod approvals;
mod checkpoints;
mod commands;
mod events;
mod files;
mod handoff;
mod inbox;
mod keys;
mod reservations;
mod rights;
mod sessions;
mod webhooks;
mod workstations;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::{Position, Url};

pub use commands::Obeyed;
pub use events::{Events, poll_path};
pub use sessions::{Acquire, Session, session_path};
pub use workstations::Workstation;

use crate::access::Access;
use crate::answer::Answer;
use crate::body::Body;
use crate::connection::{Connection, Line, request};
use crate::error::{Error, Result};
use crate::target::Target;

/// What stands in a path as it is (RFC 3986, unreserved).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How many of a list are asked for at once, the most that the contract allows.
const PAGE: usize = 1000;

/// A user's connection to a Baton.
pub struct Api {
    access: Access,
    connection: Connection,
    host: String,
    prefix: String,
}

impl Api {
    /// A connection, made with the first request.
    ///
    /// Errors: a URL that nobody can speak to.
    pub fn new(access: &Access) -> Result<Self> {
        let Access { url, .. } = access;
        let target = Target::of(url)?;
        let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { access: access.clone(), connection: Connection::new(target), host, prefix })
    }

    /// The same user on a connection of its own.
    ///
    /// Errors: none, as this one has been made.
    pub fn beside(&self) -> Result<Self> {
        Self::new(&self.access)
    }

    /// Where it is.
    pub fn url(&self) -> &Url {
        &self.access.url
    }

    /// Sends a request and returns the answer, if it is one of success.
    ///
    /// Errors: nobody is there, or the answer is another one.
    pub async fn call(&mut self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let request = self.request(method, path, body)?;
        self.answer(None, request).await
    }

    /// The document that a path has.
    ///
    /// Errors: those of [`Api::call`], or it is none.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        document(&self.call(&Method::GET, path, None).await?)
    }

    /// Sends a document, and returns the one that is the answer.
    ///
    /// Errors: those of [`Api::call`], or it is none.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        document(&self.call(&Method::POST, path, Some(body)).await?)
    }

    /// All of a list, one page after the other.
    ///
    /// Errors: those of [`Api::get`].
    pub async fn list(&mut self, path: &str, plural: &str) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let mut page = self.get(&format!("{path}{mark}limit={PAGE}{after}")).await?;
            match page[plural].take() {
                Value::Array(some) => all.extend(some),
                _ => return Err(Error::Strange(format!("there are no {plural} in the answer"))),
            }
            match page["cursor"].as_str() {
                Some(cursor) => after = format!("&after={}", encode(cursor)),
                None => return Ok(all),
            }
        }
    }

    /// Sends bytes, and returns the answer, which may take this long.
    async fn upload(&mut self, bound: Duration, method: &Method, path: &str, body: Body) -> Result<Answer> {
        let mut request = self.request(method, path, None)?;
        let octets = HeaderValue::from_static("application/octet-stream");
        request.headers_mut().insert(header::CONTENT_TYPE, octets);
        let (head, _) = request.into_parts();
        self.answer(Some(bound), Request::from_parts(head, body)).await
    }

    fn request(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Request<Body>> {
        let token = self.access.token.now()?;
        let path = format!("{}{path}", self.prefix);
        Ok(request(&self.host, method, &path, Some(&token), body)?)
    }

    async fn answer(&mut self, bound: Option<Duration>, request: Request<Body>) -> Result<Answer> {
        let answer = match bound {
            Some(bound) => self.connection.call_within(bound, request).await,
            None => self.connection.call(request).await,
        };
        let answer = answer.map_err(|error| unreachable(&self.host, &error))?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(Error::of(&answer)) }
    }

    /// Asks for bytes, and returns the answer as it begins to come, with the connection that it comes by.
    async fn download(&mut self, path: &str) -> Result<(http::Response<hyper::body::Incoming>, Line)> {
        let request = self.request(&Method::GET, path, None)?;
        let (response, line) = self.connection.send(request).await.map_err(|error| unreachable(&self.host, &error))?;
        if response.status().is_success() {
            return Ok((response, line));
        }
        let answer = Answer::read(response).await.map_err(|error| unreachable(&self.host, &error))?;
        Err(Error::of(&answer))
    }
}

fn unreachable(host: &str, error: &anyhow::Error) -> Error {
    Error::Unreachable(format!("{host} can't be reached: {}", error.root_cause()))
}

/// The document in an answer; null for an answer without a body.
fn document(answer: &Answer) -> Result<Value> {
    if answer.body == Bytes::new() {
        return Ok(Value::Null);
    }
    answer.json().map_err(|error| Error::Strange(error.to_string()))
}

/// A text as one segment of a path, or as a value in a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}
