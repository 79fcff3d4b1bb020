//! TLS to other hosts: the roots that browsers trust, and those of the operator's own.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::p3::bindings::http::types::{DnsErrorPayload, ErrorCode};

use super::connect::Stream;

/// How connections are secured.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
}

impl Tls {
    /// Trusts the usual roots, and those in a file of PEM blocks.
    ///
    /// Errors: the file can't be read, or holds no certificate that can be a root.
    pub fn new(more_roots: Option<&Path>) -> Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
        if let Some(path) = more_roots {
            add(&mut roots, path).with_context(|| format!("the certificates in {}", path.display()))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Secures a connection to a host.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> Result<Box<dyn Stream>, ErrorCode> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            ErrorCode::DnsError(DnsErrorPayload { rcode: Some("invalid dns name".to_owned()), info_code: None })
        })?;
        match self.connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(_) => Err(ErrorCode::TlsProtocolError),
        }
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<()> {
    let mut count = 0;
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
        count += 1;
    }
    ensure!(count > 0, "there is none");
    Ok(())
}
