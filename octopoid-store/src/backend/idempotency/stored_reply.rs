//! Replies as a backend keeps them.

use octopoid_core::model::Timestamp;
use octopoid_core::store::{Result, StoreError};
use serde::{Deserialize, Serialize};

/// Reply to a write of a request, kept for a repetition of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredReply {
    /// Digest of what was asked for.
    pub digest: [u8; 32],
    /// Reference to what was returned, or the refusal, as JSON.
    pub body: String,
}

impl StoredReply {
    /// Returns a reply with the digest of what was asked for.
    pub fn new(digest: [u8; 32], body: impl Into<String>) -> Self {
        Self { digest, body: body.into() }
    }
}

/// Reply as a record, for a backend that has no table for replies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::backend) struct ReplyRecord {
    pub(in crate::backend) key: String,
    pub(in crate::backend) reply: StoredReply,
    pub(in crate::backend) at: Timestamp,
}

impl ReplyRecord {
    pub(in crate::backend) fn to_body(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| StoreError::internal("a reply cannot be written as JSON").with_source(error))
    }

    pub(in crate::backend) fn from_body(body: &str) -> Result<Self> {
        serde_json::from_str(body)
            .map_err(|error| StoreError::internal("a stored reply cannot be read").with_source(error))
    }
}
