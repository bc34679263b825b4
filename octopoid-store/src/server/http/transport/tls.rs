//! The server's certificate and key.

use super::certificate::not_after;
use octopoid_core::model::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig};
use tokio_rustls::server::TlsStream;

/// Error returned when a certificate and its key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", .file.display())]
#[non_exhaustive]
pub struct TlsError {
    /// The file that is at fault.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

impl TlsError {
    fn new(file: &Path, problem: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), problem: problem.to_string() }
    }
}

/// Certificate and key, for TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    expires: Timestamp,
}

impl Tls {
    /// Reads the certificate, with its chain after it, and its key from PEM files.
    ///
    /// # Errors
    /// A file cannot be read or does not hold what it should, the certificate has expired at `now`, or the key belongs to
    /// another certificate.
    pub fn from_files(certificate: &Path, key: &Path, now: Timestamp) -> Result<Self, TlsError> {
        let chain = read_chain(certificate)?;
        let expires = chain.first().and_then(|first| not_after(first));
        let expires = expires.ok_or_else(|| TlsError::new(certificate, "the certificate is damaged"))?;
        if expires < now {
            return Err(TlsError::new(certificate, format_args!("the certificate expired at {expires}")));
        }
        let secret = read_key(key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret))
            .map_err(|error| explain(error, certificate, key))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), expires })
    }

    /// Returns the last moment at which clients accept the certificate.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    pub(super) fn accept(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = std::io::Result<TlsStream<TcpStream>>> + Send + 'static {
        self.acceptor.accept(stream)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("expires", &self.expires).finish_non_exhaustive()
    }
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::new(file, "there is no certificate in it")),
        Ok(chain) => Ok(chain),
        Err(error) => Err(TlsError::new(file, what(error, "there is no certificate in it"))),
    }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(file)
        .map_err(|error| TlsError::new(file, what(error, "there is no private key in it")))
}

fn what(error: pem::Error, missing: &str) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => missing.to_owned(),
        other => format!("it is not a PEM file: {other}"),
    }
}

/// Names the file that is at fault: rustls checks both together.
fn explain(error: rustls::Error, certificate: &Path, key: &Path) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::new(key, format_args!("the key does not belong to {}", certificate.display()))
        }
        rustls::Error::InvalidCertificate(error) => {
            TlsError::new(certificate, format_args!("the certificate cannot be used: {error:?}"))
        }
        other => TlsError::new(key, format_args!("the key cannot be used: {other}")),
    }
}
