//! TLS of everything that connects to others.

use tokio_rustls::rustls::crypto::ring;

/// Selects `ring` for TLS, which needs only a C compiler to build, unless the program has selected another provider.
pub(crate) fn use_ring() {
    let _ = ring::default_provider().install_default();
}
