//! Store contract: what the orchestrator requires of the storage of tasks.
//!
//! [`Store`] is the sum of small traits, one per concern. Implementations share the state machine in
//! [`transition`](crate::transition) and differ only in how they commit its results. Every method is one transaction.
//! `octopoid_store::BackendStore` is an implementation over any database, and `octopoid_store::conformance` a test suite for
//! any implementation. Behavior to add around any store, such as counting, tracing or a timeout, is a [`StoreWrapper`].
//!
//! The `# Errors` sections of the methods name variants of [`ErrorKind`].

mod artifacts;
mod error;
mod ext;
mod feed;
mod log_feed;
mod query;
mod records;
mod request;
mod retention;
mod review;
mod traits;
mod wrapper;

pub use artifacts::{ArtifactBound, ArtifactPart, ArtifactReader, ArtifactStore};
pub use error::{ErrorKind, StoreError};
pub use ext::StoreExt;
pub use feed::{EventFeed, Interest, News, Offer};
pub use log_feed::open_feed;
pub use query::{
    ActionQuery, ClaimRequest, DraftQuery, EventQuery, MachineQuery, Page, ProjectQuery, QueueCounts,
    RunQuery, TaskOrder, TaskQuery, UsageQuery,
};
pub use records::{ActionStore, DraftStore, FlowStore, KeyStore, MachineStore, ProjectStore};
pub use request::{IdempotentStore, RequestKey};
pub use retention::{PruneCursor, PruneRequest, Pruned, Retention, RetentionStore};
pub use review::{NewReview, ReviewStore};
pub use traits::{EventLog, MessageStore, RunStore, Store, TaskStore};
pub use wrapper::StoreWrapper;

/// Time without a heartbeat after which a machine counts as offline.
pub const SILENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// Result of a store's method.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
