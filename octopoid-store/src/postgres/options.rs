//! Options for opening a database.

use octopoid_core::clock::Clock;
use std::sync::Arc;
use std::time::Duration;

/// Options for opening a database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// Number of connections that write, at least 1: so many scopes are worked on at once. Default: 4.
    pub writers: usize,
    /// Number of connections that read, at least 1. Default: 4.
    pub readers: usize,
    /// Largest number of requests that are committed together, at least 1. Default: 256.
    pub group: usize,
    /// Time after which a database that does not answer counts as lost. Default: 20 seconds.
    pub timeout: Duration,
    /// Time between two looks for events of other servers, of which their notifications tell sooner. Default: 5 seconds.
    pub poll: Duration,
    /// Clock to measure leases by instead of the database's, for tests. Default: none.
    pub clock: Option<Arc<dyn Clock>>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            writers: 4,
            readers: 4,
            group: 256,
            timeout: Duration::from_secs(20),
            poll: Duration::from_secs(5),
            clock: None,
        }
    }
}

impl PostgresOptions {
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of connections that write and that read.
    #[must_use]
    pub fn with_connections(mut self, writers: usize, readers: usize) -> Self {
        (self.writers, self.readers) = (writers, readers);
        self
    }

    /// Sets how many requests are committed together at most.
    #[must_use]
    pub fn with_group(mut self, most: usize) -> Self {
        self.group = most;
        self
    }

    /// Sets after which time a database that does not answer counts as lost.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time between two looks for events of other servers.
    #[must_use]
    pub fn with_poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Sets a clock to measure leases by instead of the database's, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }
}
