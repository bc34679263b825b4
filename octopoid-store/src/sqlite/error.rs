//! What failures of the database mean to a caller.

use octopoid_core::store::StoreError;

#[cfg(target_family = "wasm")]
pub(super) use super::host::error::{failed, is_not_unique};
#[cfg(not(target_family = "wasm"))]
pub(super) use super::library_error::{failed, is_not_unique, not_opened};

/// A value that cannot be what it should be.
pub(super) fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::internal("the database holds a value that makes no sense").with_source(error)
}
