//! A client's keep-alive connection.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer::Answer;
use super::hosts::Hosts;

/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// How long an answer may take: longer than the longest long poll, and than SQLite's busy time-out.
const ANSWER_MAX: Duration = Duration::from_secs(75);

/// A connection that is made anew when the server has closed it: with the first of its hosts that is there.
pub struct Connection {
    hosts: Hosts,
    line: Line,
}

impl Connection {
    /// Connects.
    pub async fn open(hosts: &Hosts) -> Result<Self> {
        Ok(Self { hosts: hosts.clone(), line: open(hosts).await? })
    }

    /// Sends a request and reads the whole answer.
    pub async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        if self.line.sender.is_closed() {
            self.line = open(&self.hosts).await?;
        }
        let what = format!("{} {}", request.method(), request.uri());
        let answer = timeout(ANSWER_MAX, self.line.exchange(request)).await;
        answer.unwrap_or_else(|_| Err(anyhow!("no answer within {ANSWER_MAX:?}"))).context(what)
    }
}

async fn open(hosts: &Hosts) -> Result<Line> {
    let mut failure = anyhow!("there is no host");
    for host in hosts.in_order() {
        match Line::open(host).await {
            Ok(line) => return Ok(line),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// One TCP connection and the task that drives it.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Line {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = timeout(CONNECT_MAX, TcpStream::connect(address)).await.context("connecting takes too long")?;
        let stream = stream.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(async {
            // The request that the connection breaks under says so.
            let _ = connection.await;
        });
        Ok(Self { sender, driver })
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let says_when = response.headers().contains_key(header::RETRY_AFTER);
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, says_when, body })
    }
}

impl Drop for Line {
    /// Closes the connection even where an answer is outstanding.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A request with a token, or without one.
pub fn request(method: &Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Result<Request<Full<Bytes>>> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
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
    Ok(request.body(Full::new(bytes))?)
}
