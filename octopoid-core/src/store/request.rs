//! Idempotent requests.

use super::{Result, Store};
use crate::model::Timestamp;
use async_trait::async_trait;
use std::sync::Arc;

/// Key of a request, under which a repetition of it has no second effect (I04).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestKey {
    /// Key, unique for the request over all callers of the store.
    pub key: String,
    /// Digest of the request's content: the same key with another digest is a mistake of the caller.
    pub digest: [u8; 32],
}

impl RequestKey {
    /// Returns a key with the digest of the request's content.
    pub fn new(key: impl Into<String>, digest: [u8; 32]) -> Self {
        Self { key: key.into(), digest }
    }
}

/// Store whose writes can be made idempotent. Not a part of [`Store`]: a server needs it, an orchestrator does not.
#[async_trait]
pub trait IdempotentStore: Store {
    /// Returns the store as one request sees it: each of its writes, in their order, is carried out once. A reference to what
    /// a write returned is stored in the same transaction as its effect; a repetition has no effect and returns what the
    /// reference leads to.
    ///
    /// # Behavior
    /// - A repetition returns the record as it is now, which may have changed since the first request.
    /// - A repeated claim returns its task for as long as it holds it. Once the claim is over it returns `None` and claims
    ///   nothing.
    /// - A refusal is stored as well. `Unavailable`, `Gone` and `Internal` are not, nor is a claim or an expiry of leases that
    ///   found no task.
    /// - Reads and [`RetentionStore::prune`](super::RetentionStore::prune) are not affected.
    ///
    /// # Errors
    /// The writes of the returned store return `Conflict` where the key was used with another digest, and `NotFound` where
    /// the record is gone by the time of the repetition.
    fn for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn Store>;

    /// Deletes the records of requests before a moment; returns their number.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64>;

    /// Returns whether this process is the one that expires leases and removes what is old, where several share the database.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn is_housekeeper(&self) -> Result<bool> {
        Ok(true)
    }
}
