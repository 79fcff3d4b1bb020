//! Connections to other hosts. What is judged is the very address that is connected to.

use std::net::SocketAddr;

use baton_addresses::is_global;
use http::Uri;
use http::uri::Scheme;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use wasmtime_wasi_http::p3::bindings::http::types::{DnsErrorPayload, ErrorCode};

use super::tls::Tls;
use crate::hosts::Reach;

/// A connection, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where a request goes: a host, and what of its addresses may be connected to at this moment.
pub struct Destination {
    pub(super) host: String,
    pub(super) is_secure: bool,
    pub(super) addresses: Vec<SocketAddr>,
}

/// To whom a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The host that was meant, which its certificate is for if there is one.
    pub host: String,
    /// Whether it is TLS.
    pub is_secure: bool,
    /// Where it is.
    pub address: SocketAddr,
}

impl Destination {
    /// Resolves the host of a URL, and judges what it resolves to.
    pub async fn of(uri: &Uri, reach: Reach) -> Result<Self, ErrorCode> {
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let host = uri.host().ok_or(ErrorCode::HttpRequestUriInvalid)?;
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self { host: host.to_owned(), is_secure, addresses: addresses(host, port, reach).await? })
    }

    /// Whether a connection to this peer may be used.
    pub fn is(&self, peer: &Peer) -> bool {
        self.host == peer.host && self.is_secure == peer.is_secure && self.addresses.contains(&peer.address)
    }

    /// Makes a connection.
    pub async fn connect(&self, tls: &Tls) -> Result<(Peer, Box<dyn Stream>), ErrorCode> {
        let stream = TcpStream::connect(&*self.addresses).await.map_err(|_| ErrorCode::ConnectionRefused)?;
        _ = stream.set_nodelay(true);
        let address = stream.peer_addr().map_err(|_| ErrorCode::ConnectionTerminated)?;
        let peer = Peer { host: self.host.clone(), is_secure: self.is_secure, address };
        let stream: Box<dyn Stream> =
            if self.is_secure { tls.connect(&self.host, stream).await? } else { Box::new(stream) };
        Ok((peer, stream))
    }
}

async fn addresses(host: &str, port: u16, reach: Reach) -> Result<Vec<SocketAddr>, ErrorCode> {
    let all: Vec<_> = lookup_host((host, port)).await.map_err(|_| unresolved())?.collect();
    if all.is_empty() {
        return Err(unresolved());
    }
    let addresses = allowed(all, reach);
    if addresses.is_empty() { Err(ErrorCode::DestinationIpProhibited) } else { Ok(addresses) }
}

/// Those that may be connected to.
fn allowed(addresses: Vec<SocketAddr>, reach: Reach) -> Vec<SocketAddr> {
    match reach {
        Reach::Named => addresses,
        Reach::Anybody => addresses.into_iter().filter(|address| is_global(address.ip())).collect(),
    }
}

fn unresolved() -> ErrorCode {
    ErrorCode::DnsError(DnsErrorPayload { rcode: Some("address not available".to_owned()), info_code: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_inside_is_for_whom_is_named_alone() {
        for host in ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "localhost"] {
            let refused = addresses(host, 1, Reach::Anybody).await;
            assert!(matches!(refused, Err(ErrorCode::DestinationIpProhibited)), "{host}: {refused:?}");
        }
        assert_eq!(addresses("127.0.0.1", 1, Reach::Named).await.unwrap(), ["127.0.0.1:1".parse().unwrap()]);
        assert_eq!(addresses("8.8.8.8", 53, Reach::Anybody).await.unwrap(), ["8.8.8.8:53".parse().unwrap()]);
    }

    #[test]
    fn of_several_addresses_those_outside_are_left() {
        let all: Vec<SocketAddr> = ["127.0.0.1:1", "8.8.8.8:1", "[fd00::1]:1"].map(|it| it.parse().unwrap()).into();
        assert_eq!(allowed(all, Reach::Anybody), ["8.8.8.8:1".parse().unwrap()]);
    }
}
