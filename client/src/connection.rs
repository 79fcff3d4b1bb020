//! A client's keep-alive connection.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::body::Body;
use crate::target::Target;

/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// How long an answer may take: longer than the longest long poll, and than SQLite's busy time-out.
const ANSWER_MAX: Duration = Duration::from_secs(75);

/// A connection that is made anew when the server has closed it: with the first of its hosts that is there.
pub struct Connection {
    target: Target,
    line: Option<Line>,
}

impl Connection {
    /// A connection that is made with the first request.
    pub fn new(target: impl Into<Target>) -> Self {
        Self { target: target.into(), line: None }
    }

    /// Connects.
    ///
    /// Errors: nobody is there.
    pub async fn open(target: impl Into<Target>) -> Result<Self> {
        let target = target.into();
        let line = open(&target).await?;
        Ok(Self { target, line: Some(line) })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// Errors: nobody is there, or answers in time.
    pub async fn call(&mut self, request: Request<Body>) -> Result<Answer> {
        self.call_within(ANSWER_MAX, request).await
    }

    /// [`Connection::call`], for an answer that may take this long.
    pub async fn call_within(&mut self, bound: Duration, request: Request<Body>) -> Result<Answer> {
        let what = format!("{} {}", request.method(), request.uri());
        let answer = timeout(bound, async {
            let mut line = self.line().await?;
            let answer = Answer::read(line.exchange(request).await?).await?;
            self.line = Some(line);
            Ok(answer)
        });
        answer.await.unwrap_or_else(|_| Err(anyhow!("no answer within {bound:?}"))).context(what)
    }

    /// Sends a request, and returns the answer as soon as it begins. The connection is the answer's from then on.
    ///
    /// Errors: nobody is there, or answers in time.
    pub async fn send(&mut self, request: Request<Body>) -> Result<(Response<Incoming>, Line)> {
        let what = format!("{} {}", request.method(), request.uri());
        let answer = timeout(ANSWER_MAX, async {
            let mut line = self.line().await?;
            Ok((line.exchange(request).await?, line))
        });
        answer.await.unwrap_or_else(|_| Err(anyhow!("no answer within {ANSWER_MAX:?}"))).context(what)
    }

    /// The connection, for one answer: it is put back when that has been read. One that an answer is outstanding on, because nobody
    /// waits for it any longer, is good for no other.
    async fn line(&mut self) -> Result<Line> {
        match self.line.take() {
            Some(line) if !line.sender.is_closed() => Ok(line),
            _ => open(&self.target).await,
        }
    }
}

async fn open(target: &Target) -> Result<Line> {
    timeout(CONNECT_MAX, target.open()).await.context("connecting takes too long")?
}

/// One connection and the task that drives it.
pub struct Line {
    sender: SendRequest<Body>,
    driver: JoinHandle<()>,
}

impl Line {
    /// Speaks HTTP/1.1 over what is connected.
    pub(crate) async fn over(stream: impl Read + Write + Send + Unpin + 'static) -> Result<Self> {
        let (sender, connection) = http1::handshake(stream).await?;
        let driver = tokio::spawn(async {
            // The request that the connection breaks under says so.
            let _ = connection.await;
        });
        Ok(Self { sender, driver })
    }

    async fn exchange(&mut self, request: Request<Body>) -> Result<Response<Incoming>> {
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }
}

impl Drop for Line {
    /// Closes the connection even where an answer is outstanding.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A request to this host, with a token or without one.
///
/// Errors: a path or a token with characters that can't stand there.
pub fn request(
    host: &str,
    method: &Method,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<Request<Body>> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let bytes = match body {
        Some(document) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Bytes::from(document.to_string())
        }
        None => Bytes::new(),
    };
    Ok(request.body(bytes.into())?)
}
