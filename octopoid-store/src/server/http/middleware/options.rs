//! Options for the HTTP middleware.

use super::authority::Authority;
use super::check_host::Hosts;
use super::cors_and_csrf::Origin;
use crate::server::api::Metrics;
use std::net::SocketAddr;
use std::time::Duration;

/// Error returned when a name in the options is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Not a host.
    #[error("`{0}` is not a host: write `name`, `name:port` or `*`")]
    Host(String),
    /// Not an origin.
    #[error("`{0}` is not an origin: write `https://name` or `https://name:port`, without a path")]
    Origin(String),
}

/// Options for the HTTP middleware stack.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MiddlewareOptions {
    /// Metrics in which requests are counted.
    pub metrics: Metrics,
    /// Largest request body, in bytes. Default: 8 MiB.
    pub body_limit: usize,
    /// How long a handler may take until the head of its answer. Default: 65 seconds, so that a wait of a minute is possible.
    pub timeout: Duration,
    pub(super) hosts: Hosts,
    pub(super) origins: Vec<Origin>,
}

impl MiddlewareOptions {
    /// Creates the default options for a server that listens at `listen`, which decides the hosts that it answers for: on a
    /// loopback address `localhost`, `127.0.0.1` and `[::1]` with its port, elsewhere `localhost` and every host that is
    /// an address. A name, as of a proxy in front of it, must be allowed.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            metrics: Metrics::new(),
            body_limit: 8 << 20,
            timeout: Duration::from_secs(65),
            hosts: Hosts::new(listen),
            origins: Vec::new(),
        }
    }

    /// Adds a host that the server answers for: `name` with any port, or `name:port`. `*` is every host, and gives up the protection
    /// from pages that make their name point here.
    ///
    /// # Errors
    /// It is not a host.
    pub fn allow_host(mut self, host: &str) -> Result<Self, NameError> {
        if host == "*" {
            self.hosts.any = true;
        } else {
            let host = Authority::parse(host).ok_or_else(|| NameError::Host(host.to_owned()))?;
            self.hosts.allowed.push(host);
        }
        Ok(self)
    }

    /// Allows pages from `origin`, `https://name` or `https://name:port`, to use the server. The server's own pages may in any
    /// case; but behind a proxy that ends TLS, their origin is `https` while the server sees `http`, and must be allowed.
    ///
    /// # Errors
    /// It is not an origin.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, NameError> {
        let origin = Origin::parse(origin.strip_suffix('/').unwrap_or(origin))
            .ok_or_else(|| NameError::Origin(origin.to_owned()))?;
        self.origins.push(origin);
        Ok(self)
    }

    /// Sets the metrics in which requests are counted.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Sets the largest request body, in bytes.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets how long a handler may take until the head of its answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}
