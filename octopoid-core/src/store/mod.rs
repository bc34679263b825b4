//! The contract between the orchestrator and whatever keeps the tasks.
//!
//! [`Store`] is the sum of small traits, one per concern. Implementations share the state machine in
//! [`transition`](crate::transition); they differ only in how they commit what it returns. Every method is one atomic
//! batch. `octopoid_store::conformance` is a suite that any implementation can be run through.

mod error;
mod ext;
mod query;
mod traits;

pub use error::{ErrorKind, StoreError};
pub use ext::StoreExt;
pub use query::{ClaimRequest, EventQuery, Page, QueueCounts, RunQuery, TaskQuery, UsageQuery};
pub use traits::{EventLog, MessageStore, RunStore, Store, TaskStore};

/// What a store's method gives.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
