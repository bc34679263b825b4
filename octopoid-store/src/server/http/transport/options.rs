//! Options for connections.

use super::Tls;
use crate::server::api::Metrics;
use std::time::Duration;

/// Options for accepting and serving connections.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// Certificate of the server; `None` for unencrypted connections.
    pub tls: Option<Tls>,
    /// Metrics in which connections are counted.
    pub metrics: Option<Metrics>,
    /// Largest number of connections at once, at least 1; others wait to be accepted. Default: 20 000. The system's limit on
    /// open files must be above it.
    pub connections: usize,
    /// How long a connection may be idle before a request, and take to send its head. Default: 30 seconds.
    pub header_timeout: Duration,
    /// Largest head of a request, in bytes. Default: 16 KiB. There are at most 100 headers in any case.
    pub header_limit: usize,
    /// How long the TLS handshake may take. Default: 10 seconds.
    pub handshake_timeout: Duration,
    /// How long a write may stall, because the client does not read, before the connection is closed. Default: 30 seconds.
    pub write_timeout: Duration,
    /// How long a shutdown waits for requests that are being answered. Default: 30 seconds.
    pub shutdown_timeout: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            tls: None,
            metrics: None,
            connections: 20_000,
            header_timeout: Duration::from_secs(30),
            header_limit: 16 << 10,
            handshake_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

impl ServeOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Encrypts connections.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets the metrics in which connections are counted.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Sets the largest number of connections at once.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets how long a connection may be idle before a request, and take to send its head.
    #[must_use]
    pub fn with_header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// Sets the largest head of a request, in bytes.
    #[must_use]
    pub fn with_header_limit(mut self, bytes: usize) -> Self {
        self.header_limit = bytes;
        self
    }

    /// Sets how long the TLS handshake may take.
    #[must_use]
    pub fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Sets how long a write may stall before the connection is closed.
    #[must_use]
    pub fn with_write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets how long a shutdown waits for requests that are being answered.
    #[must_use]
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }
}
