//! Keys of the single writes of a request.

use octopoid_core::store::RequestKey;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Request, with the number of its writes so far.
#[derive(Debug)]
pub(crate) struct RequestWrites {
    key: RequestKey,
    writes: AtomicU32,
}

impl RequestWrites {
    pub(crate) fn new(key: RequestKey) -> Arc<Self> {
        Arc::new(Self { key, writes: AtomicU32::new(0) })
    }

    /// Returns the key of the next write. The writes of a request come in a fixed order, so each has a key of its own.
    pub(crate) fn next_write(&self) -> RequestKey {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        // The number stands first, so that no caller's key can look like it.
        RequestKey::new(format!("{number}#{}", self.key.key), self.key.digest)
    }
}
