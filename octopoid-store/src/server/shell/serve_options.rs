//! How connections are treated.

use super::{Metrics, Tls};
use std::time::Duration;

/// How connections are treated.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// The certificate, if connections are encrypted.
    pub tls: Option<Tls>,
    /// Where connections are counted.
    pub metrics: Option<Metrics>,
    /// The most connections at once, at least 1. Others wait to be accepted. 20 000; the system's bound on open files must
    /// be above it.
    pub connections: usize,
    /// How long a connection may be idle before a request, and take to send its head. 30 seconds.
    pub head_timeout: Duration,
    /// The most bytes in the head of a request. 16 KiB. There are at most 100 headers in any case.
    pub head_limit: usize,
    /// How long the TLS handshake may take. 10 seconds.
    pub handshake_timeout: Duration,
    /// How long a client may leave what it was sent unread before its connection is closed. 30 seconds.
    pub stall_timeout: Duration,
    /// How long requests that are being answered are waited for at the end. 30 seconds.
    pub grace: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            tls: None,
            metrics: None,
            connections: 20_000,
            head_timeout: Duration::from_secs(30),
            head_limit: 16 << 10,
            handshake_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(30),
        }
    }
}

impl ServeOptions {
    /// The usual options.
    pub fn new() -> Self {
        Self::default()
    }

    /// With encrypted connections.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// With a count of connections.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// With another bound on connections.
    #[must_use]
    pub fn with_connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// With another patience for the heads of requests.
    #[must_use]
    pub fn with_head_timeout(mut self, patience: Duration) -> Self {
        self.head_timeout = patience;
        self
    }

    /// With another bound on the heads of requests, in bytes.
    #[must_use]
    pub fn with_head_limit(mut self, most: usize) -> Self {
        self.head_limit = most;
        self
    }

    /// With another patience for TLS handshakes.
    #[must_use]
    pub fn with_handshake_timeout(mut self, patience: Duration) -> Self {
        self.handshake_timeout = patience;
        self
    }

    /// With another patience for clients that do not read.
    #[must_use]
    pub fn with_stall_timeout(mut self, patience: Duration) -> Self {
        self.stall_timeout = patience;
        self
    }

    /// With another patience at the end.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}
