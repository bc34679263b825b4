//! Errors with which an orchestrator ends.

use super::disk::lock::LockError;
use crate::store::StoreError;

/// Error with which an orchestrator ends other than as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder is not ours.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another installation holds this machine's id, and was heard from within its lease.
    #[error("another installation holds this machine's id")]
    MachineIdTaken(#[source] StoreError),
    /// The store refuses, other than for a while.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The journal cannot be read or written.
    #[error("the run journal failed")]
    Journal(#[source] std::io::Error),
}
