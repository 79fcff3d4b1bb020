//! The TCP side of HTTP.

use std::convert::Infallible;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use super::service::Service;
use crate::manifest::Manifest;
use crate::shutdown::Stopping;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

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
}

impl Server {
    /// Listens on an address for requests to the components of `service`.
    ///
    /// Errors: the address is in use, or not this machine's.
    pub async fn bind(address: SocketAddr, service: Service) -> Result<Self> {
        let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, error))?;
        Ok(Self { listener, service: Arc::new(service) })
    }

    /// Tells on stdout where the server listens and what it serves, in Spin's words.
    ///
    /// Errors: nobody reads stdout.
    pub fn announce(&self, manifest: &Manifest) -> Result<()> {
        let base = format!("http://{}", self.listener.local_addr()?);
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nServing {base}\nAvailable Routes:")?;
        for (route, component) in self.service.routes().iter() {
            let shown = match route.strip_suffix("/...") {
                Some(prefix) => format!("{prefix} (wildcard)"),
                None => route.to_owned(),
            };
            writeln!(out, "  {component}: {base}{shown}")?;
            let description = &manifest.components[component].description;
            if !description.is_empty() {
                writeln!(out, "    {description}")?;
            }
        }
        Ok(out.flush()?)
    }

    /// Serves until the process is asked to stop, and finishes the requests in flight.
    pub async fn run(self, stopping: Stopping) {
        let connections = GracefulShutdown::new();
        let mut stopped = std::pin::pin!(stopping.wait());
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, client)) => self.serve(stream, client, &connections),
                    Err(error) => {
                        eprintln!("Can't accept a connection: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = &mut stopped => break,
            }
        }
        drop(self.listener);
        if tokio::time::timeout(STOP_TIMEOUT, connections.shutdown()).await.is_err() {
            eprintln!("Some requests took longer than {} s and are given up", STOP_TIMEOUT.as_secs());
        }
    }

    fn serve(&self, stream: TcpStream, client: SocketAddr, connections: &GracefulShutdown) {
        // Without it a part of a response may wait for the client to acknowledge the one before.
        _ = stream.set_nodelay(true);
        let spoke = Arc::new(AtomicBool::new(false));
        let service = {
            let (service, spoke) = (Arc::clone(&self.service), Arc::clone(&spoke));
            service_fn(move |request| {
                spoke.store(true, Ordering::Relaxed);
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(service.answer(request, client).await) }
            })
        };
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
        builder.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEAD_BYTES as u32);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                // What goes wrong on a connection is its client's affair, who may just have gone.
                _ = connection => {}
                () = silence(&spoke) => {}
            }
        });
    }
}

/// Ends if no request has come in time, which the protocol's own timeout doesn't see before the first byte.
async fn silence(spoke: &AtomicBool) {
    tokio::time::sleep(HEAD_TIMEOUT).await;
    if spoke.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
