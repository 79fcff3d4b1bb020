//! The TCP side of HTTP.

use std::convert::Infallible;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use http::StatusCode;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::activity::{Activity, BusyBody};
use super::admission::{Admission, ConnectionLimits};
use super::problem;
use super::service::Service;
use super::transport::Transport;
use crate::manifest::Manifest;
use crate::shutdown::Stopping;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection stays on which there is no request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a client may take nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an idle client may take to close its connection when it is asked to.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long requests in flight may take once the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after the system refused a connection, as it does when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Finds out whether an address can be listened on, before work is put into what is to be served there.
///
/// Errors: the address is in use, or not this machine's.
pub fn check_address(address: SocketAddr) -> Result<()> {
    std::net::TcpListener::bind(address).map(drop).map_err(|error| cannot_listen(address, error))
}

fn cannot_listen(address: SocketAddr, error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AddrInUse => anyhow!("{address} is already in use; give another one with --listen"),
        _ => anyhow::Error::new(error).context(format!("can't listen on {address}")),
    }
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    service: Arc<Service>,
    admission: Arc<Admission>,
}

impl Server {
    /// Listens on an address for requests to the components of `service`.
    ///
    /// Errors: the address is in use, or not this machine's.
    pub async fn bind(address: SocketAddr, service: Service, limits: ConnectionLimits) -> Result<Self> {
        let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, error))?;
        Ok(Self { listener, service: Arc::new(service), admission: Admission::new(limits) })
    }

    /// Tells on stdout where the server listens and what it serves, in Spin's words, and what to open in a browser.
    ///
    /// Errors: nobody reads stdout.
    pub fn announce(&self, manifests: &[&Manifest], welcome: Option<(&str, &str)>) -> Result<()> {
        let address = self.listener.local_addr()?;
        let base = format!("http://{address}");
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nServing {base}\nAvailable Routes:")?;
        for (route, component) in self.service.routes().iter() {
            let shown = match route.strip_suffix("/...") {
                Some(prefix) => format!("{prefix} (wildcard)"),
                None => route.to_owned(),
            };
            writeln!(out, "  {component}: {base}{shown}")?;
            let description = manifests.iter().find_map(|manifest| manifest.components.get(component));
            let description = description.map_or("", |component| &component.description);
            if !description.is_empty() {
                writeln!(out, "    {description}")?;
            }
        }
        if let Some((name, path)) = welcome {
            writeln!(out, "\n{name}: http://{}{path}", reachable(address))?;
        }
        Ok(out.flush()?)
    }

    /// Serves until the process is asked to stop, and finishes the requests in flight.
    pub async fn run(self, stopping: Stopping) {
        // Each connection holds a sender.
        let (connections, mut all_closed) = mpsc::channel::<Infallible>(1);
        let mut stopped = std::pin::pin!(stopping.clone().wait());
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, client)) => self.serve(stream, client, &connections, stopping.clone()),
                    Err(error) => {
                        eprintln!("Can't accept a connection: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = &mut stopped => break,
            }
        }
        drop(self.listener);
        drop(connections);
        if tokio::time::timeout(STOP_TIMEOUT, all_closed.recv()).await.is_err() {
            eprintln!("Some requests took longer than {} s and are given up", STOP_TIMEOUT.as_secs());
        }
    }

    fn serve(&self, stream: TcpStream, client: SocketAddr, connections: &mpsc::Sender<Infallible>, stopping: Stopping) {
        let Some(admitted) = self.admission.admit(client.ip()) else { return refuse(&stream) };
        // Without it a part of a response may wait for the client to acknowledge the one before.
        _ = stream.set_nodelay(true);
        let (service, counted) = (Arc::clone(&self.service), connections.clone());
        tokio::spawn(async move {
            serve_connection(stream, client, service, stopping).await;
            drop((admitted, counted));
        });
    }
}

/// By which address this machine reaches a server that listens on all of its own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Tells a client that there are too many, as far as that takes no time.
fn refuse(stream: &TcpStream) {
    let response = problem::raw(StatusCode::SERVICE_UNAVAILABLE, "there are too many connections");
    _ = stream.try_write(&response);
}

/// Serves a connection to its end, or until nothing has happened on it for too long.
async fn serve_connection(stream: TcpStream, client: SocketAddr, service: Arc<Service>, stopping: Stopping) {
    let activity = Activity::new();
    let answering = {
        let activity = Arc::clone(&activity);
        service_fn(move |request| {
            let (service, busy) = (Arc::clone(&service), activity.begin());
            async move {
                let response = service.answer(request, client).await;
                Ok::<_, Infallible>(response.map(|body| BusyBody { body, _busy: busy }))
            }
        })
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    let transport = Transport::new(stream, WRITE_TIMEOUT);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(transport), answering));
    tokio::select! {
        // What goes wrong on a connection is its client's affair, who may just have gone.
        _ = &mut connection => return,
        () = activity.idle_for(HEAD_TIMEOUT, IDLE_TIMEOUT) => {
            connection.as_mut().graceful_shutdown();
            // An idle client that doesn't take the goodbye is left without it.
            _ = tokio::time::timeout(GOODBYE_TIMEOUT, connection).await;
            return;
        }
        () = stopping.wait() => {}
    }
    connection.as_mut().graceful_shutdown();
    _ = connection.await;
}
