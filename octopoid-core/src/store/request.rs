//! Requests that may come twice.

use super::{Result, Store};
use crate::model::Timestamp;
use async_trait::async_trait;
use std::fmt::Debug;
use std::sync::Arc;

/// Marks a request, so that the same request again, because its answer was lost, has no second effect (I04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Unique for the request, over all who use the store.
    pub key: String,
    /// A digest of what is asked for: the same key for something else is a mistake.
    pub digest: [u8; 32],
}

/// What a store remembers of requests.
#[async_trait]
pub trait RequestLog: Send + Sync + Debug {
    /// The same store, seen by one request: its writes, in their order, are carried out once. A write that was carried
    /// out under the key before gives what it gave then; what it gave is kept in the same batch as its effect. Only the
    /// description of a task, which is long and seldom changes, may be as it is by now; of a task that is gone it is empty.
    ///
    /// # Behavior
    /// - A refusal is kept as well; `Unavailable` and `Internal` are not, nor what succeeded without changing anything, such as
    ///   a claim that found no task.
    /// - `Conflict` for a key that was used with another digest.
    /// - Reads are not affected.
    fn for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn Store>;

    /// Forgets what was kept before a moment; gives how many writes that were.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64>;
}
