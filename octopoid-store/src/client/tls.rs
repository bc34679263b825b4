//! Certificates that the client trusts.

use octopoid_core::store::{Result, StoreError};
use std::path::Path;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

/// Reads the certificates in a PEM file.
pub(super) fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>> {
    let wrong =
        |why: String| StoreError::invalid("certificates", format_args!("`{}`: {why}", path.display()));
    let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let mut certificates = Vec::new();
    for certificate in found {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        let certificate = reqwest::Certificate::from_der(&certificate);
        certificates.push(certificate.map_err(|error| wrong(error.to_string()))?);
    }
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}
