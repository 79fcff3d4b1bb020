//! Receivers of webhooks: servers that take everything, and note how long each event was on its way.

use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::figures::Latencies;

/// How many there are: what is measured has at most one webhook for each.
pub const RECEIVERS: usize = 10;

/// What they answer.
const TAKEN: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

static RECEIVERS_OF_ALL: LazyLock<Result<Receivers, String>> =
    LazyLock::new(|| Receivers::start().map_err(|error| format!("{error:#}")));

/// All receivers of this process. A server has to be told of them when it starts: from then on they are where they are.
pub fn receivers() -> Result<&'static Receivers> {
    RECEIVERS_OF_ALL.as_ref().map_err(|error| anyhow::anyhow!("receivers of webhooks: {error}"))
}

/// Servers on loopback, each at an address of its own.
pub struct Receivers {
    addresses: Vec<SocketAddr>,
    noted: Arc<Mutex<Noted>>,
}

/// What has come.
#[derive(Clone, Default)]
pub struct Noted {
    /// From the event's `time` until it had come.
    pub latencies: Latencies,
    /// How many connections were made.
    pub connections: u64,
}

impl Receivers {
    /// They have a thread of their own, so that nobody waits for the clients who are measured beside them.
    fn start() -> Result<Self> {
        let bound = (0..RECEIVERS).map(|_| {
            let listener = Listener::bind("127.0.0.1:0")?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let bound: Vec<Listener> = bound.collect::<std::io::Result<_>>()?;
        let addresses = bound.iter().map(Listener::local_addr).collect::<std::io::Result<_>>()?;
        let noted = Arc::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&noted);
        thread::Builder::new().name("receivers".to_owned()).spawn(move || {
            runtime.block_on(async {
                let serving = bound.into_iter().map(|listener| listen(listener, &shared));
                futures::future::join_all(serving).await
            })
        })?;
        Ok(Self { addresses, noted })
    }

    /// Where they are.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What has come since this was called last.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How much has come since then.
    pub fn count(&self) -> u64 {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).latencies.count()
    }
}

async fn listen(listener: Listener, noted: &Arc<Mutex<Noted>>) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        noted.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
        let noted = Arc::clone(noted);
        tokio::spawn(async move { _ = serve(stream, &noted).await });
    }
}

/// Takes one request after the other.
async fn serve(stream: TcpStream, noted: &Mutex<Noted>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(event) = event(&mut stream).await? {
        let at = event["time"].as_str().context("an event has a time")?;
        let on_its_way = Utc::now().signed_duration_since(DateTime::parse_from_rfc3339(at)?);
        let on_its_way = on_its_way.to_std().unwrap_or(Duration::ZERO);
        noted.lock().unwrap_or_else(PoisonError::into_inner).latencies.add(on_its_way);
        stream.get_mut().write_all(TAKEN).await?;
    }
    Ok(())
}

/// The body of the next request, if there is one.
async fn event(stream: &mut BufReader<TcpStream>) -> Result<Option<Value>> {
    let (mut line, mut length) = (String::new(), 0_usize);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse()?,
            _ if line == "\r\n" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(serde_json::from_slice(&body)?))
}
