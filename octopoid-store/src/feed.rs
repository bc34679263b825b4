//! The newest event's number, for those who wait for the next.

use octopoid_core::store::{Result, StoreError};
use tokio::sync::watch;

/// The number that was last seen committed; none once the store is closed.
#[derive(Debug)]
pub(crate) struct Feed {
    newest: watch::Sender<Option<u64>>,
}

impl Feed {
    pub(crate) fn new(newest: u64) -> Self {
        Self { newest: watch::Sender::new(Some(newest)) }
    }

    /// Wakes those who wait for a number up to `seq`. Numbers may come out of order; the highest counts.
    pub(crate) fn publish(&self, seq: u64) {
        self.newest.send_if_modified(|newest| match newest {
            Some(known) if *known < seq => {
                *known = seq;
                true
            }
            _ => false,
        });
    }

    /// Nothing will be published any more.
    #[cfg(feature = "sqlite")]
    pub(crate) fn close(&self) {
        self.newest.send_replace(None);
    }

    /// Completes once a number above `after` was published.
    pub(crate) async fn wait(&self, after: u64) -> Result<()> {
        let closed = || StoreError::unavailable("the store is closed");
        let mut newest = self.newest.subscribe();
        let seen = newest.wait_for(|seq| seq.is_none_or(|seq| seq > after)).await.map_err(|_| closed())?;
        seen.map(|_| ()).ok_or_else(closed)
    }
}
