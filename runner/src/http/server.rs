//! The TCP side of HTTP.

use std::convert::Infallible;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use http::StatusCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::admission::{Admission, ConnectionLimits};
use super::connection::{self, Timeouts};
use super::problem;
use super::service::Service;
use crate::manifest::Manifest;
use crate::shutdown::Stopping;

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
    pub async fn bind(address: SocketAddr, service: Arc<Service>, limits: ConnectionLimits) -> Result<Self> {
        let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, error))?;
        Ok(Self { listener, service, admission: Admission::new(limits) })
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
            let answer = |request| {
                let service = Arc::clone(&service);
                async move { service.answer(request, client).await }
            };
            connection::serve(stream, Timeouts::DEFAULT, answer, stopping).await;
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
