//! One request over HTTP, with anything in it that a client might send.

use std::sync::RwLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{self, HeaderMap};

use crate::Response;

/// No answer of the API takes longer: the longest poll is 60 s.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where the server is, or each of its hosts, which take turns. It moves to another port when it is started again.
pub struct Endpoint {
    agent: Agent,
    urls: RwLock<Vec<String>>,
    turn: AtomicUsize,
}

impl Endpoint {
    /// An endpoint that does not exist yet.
    pub fn new() -> Self {
        Self::patient(PATIENCE)
    }

    /// [`Endpoint::new`] for clients that give up after this time.
    pub fn patient(patience: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(patience))
            .build();
        Self { agent: config.into(), urls: RwLock::default(), turn: AtomicUsize::new(0) }
    }

    /// From now on the server is here, or its hosts are.
    pub fn moved_to(&self, urls: &[String]) {
        urls.clone_into(&mut self.urls.write().expect("no writer panics"));
    }

    /// `http://127.0.0.1:PORT`, of the host whose turn it is.
    pub fn url(&self) -> String {
        let urls = self.urls.read().expect("no writer panics");
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        urls.get(turn % urls.len().max(1)).cloned().unwrap_or_default()
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::new()
    }
}

/// A request in the making.
pub struct Call<'a> {
    endpoint: &'a Endpoint,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    /// A request without a token and a body.
    pub fn new(endpoint: &'a Endpoint, method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { endpoint, method, path, headers: Vec::new(), body: Vec::new() }
    }

    /// With this header as well.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With this body, of this type.
    pub fn body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self.header("content-type", content_type)
    }

    /// With this document as its body.
    pub fn json(self, document: &Value) -> Self {
        self.body("application/json", document.to_string())
    }

    /// Sends it. Fails the test when no answer comes, or one that no client should ever see.
    pub fn send(self) -> Response {
        let what = self.what();
        self.try_send().unwrap_or_else(|e| panic!("{what}: {e}"))
    }

    /// Sends it to a server that may be going down: an answer, or what became of the connection.
    pub fn try_send(self) -> Result<Response, ureq::Error> {
        let what = self.what();
        let mut response = self.open()?;
        let body = response.body_mut().with_config().limit(65 << 20).read_to_vec()?;
        let headers: HeaderMap = response.headers().clone();
        Ok(Response::checked(what, response.status().as_u16(), headers, body))
    }

    /// Sends it, and leaves the body of the answer to be read as it comes.
    pub fn open(self) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let mut request = http::Request::builder();
        request = request.method(self.method.as_str()).uri(format!("{}{}", self.endpoint.url(), self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if self.body.is_empty() {
            self.endpoint.agent.run(request.body(())?)
        } else {
            self.endpoint.agent.run(request.body(self.body)?)
        }
    }

    fn what(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Writes a text so that it can stand in a path or a query.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
