//! Where a connection leads: to hosts by their addresses, or to a server by its URL.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use crate::connection::Line;
use crate::hosts::Hosts;
use crate::tls;

/// Where a connection leads. Copies are cheap.
#[derive(Clone)]
pub enum Target {
    /// Hosts that speak HTTP.
    Hosts(Hosts),
    /// A server that is looked up by its name each time, as it may have moved.
    Server(Arc<Server>),
}

/// A server by its name.
pub struct Server {
    host: String,
    port: u16,
    /// The name that its certificate must have; none where it speaks no TLS.
    certified: Option<ServerName<'static>>,
}

impl Target {
    /// The server of a URL.
    ///
    /// Errors: it isn't `http` or `https`, or has no host.
    pub fn of(url: &Url) -> Result<Self> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(anyhow!("only http:// and https:// are spoken here, not {other}://")),
        };
        let host = url.host_str().context("there is no host in it")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().context("there is no port in it")?;
        let certified = secure.then(|| ServerName::try_from(host.clone())).transpose()?;
        Ok(Self::Server(Arc::new(Server { host, port, certified })))
    }

    /// Connects with the first host that is there.
    pub(crate) async fn open(&self) -> Result<Line> {
        match self {
            Self::Hosts(hosts) => Line::over(TokioIo::new(first(hosts.in_order()).await?)).await,
            Self::Server(server) => server.open().await,
        }
    }
}

impl Server {
    async fn open(&self) -> Result<Line> {
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let found = found.with_context(|| format!("nobody knows where {} is", self.host))?;
        let stream = first(found).await?;
        match &self.certified {
            None => Line::over(TokioIo::new(stream)).await,
            Some(name) => {
                let stream = tls::connector().connect(name.clone(), stream).await;
                Line::over(TokioIo::new(stream.with_context(|| format!("TLS with {}", self.host))?)).await
            }
        }
    }
}

async fn first(addresses: impl Iterator<Item = SocketAddr>) -> Result<TcpStream> {
    let mut failure = anyhow!("there is no host");
    for address in addresses {
        match connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl From<Hosts> for Target {
    fn from(hosts: Hosts) -> Self {
        Self::Hosts(hosts)
    }
}

impl From<&Hosts> for Target {
    fn from(hosts: &Hosts) -> Self {
        Self::Hosts(hosts.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_url() {
        let server = |url: &str| match Target::of(&Url::parse(url).unwrap()) {
            Ok(Target::Server(server)) => Some((server.host.clone(), server.port, server.certified.is_some())),
            _ => None,
        };
        assert_eq!(server("http://127.0.0.1:3000"), Some(("127.0.0.1".into(), 3000, false)));
        assert_eq!(server("https://baton.example/shop"), Some(("baton.example".into(), 443, true)));
        assert_eq!(server("https://[::1]:8443"), Some(("::1".into(), 8443, true)));
        assert_eq!(server("ftp://baton.example"), None);
    }
}
