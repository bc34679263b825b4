//! The contract between the orchestrator and whatever keeps the tasks.
//!
//! [`Store`] is the sum of small traits, one per concern. Implementations share the state machine in
//! [`transition`](crate::transition); they differ only in how they commit what it returns. Every method is one atomic
//! batch. `octopoid_store::conformance` is a suite that any implementation can be run through.
//! What is to be added around any of them, such as counting, tracing or a timeout, is a [`StoreWrapper`].

mod error;
mod ext;
mod feed;
mod log_feed;
mod query;
mod records;
mod request;
mod retention;
mod traits;
mod wrapper;

pub use error::{ErrorKind, StoreError};
pub use ext::StoreExt;
pub use feed::{EventFeed, Interest, News, Offer};
pub use log_feed::open_feed;
pub use query::{
    ActionQuery, ClaimRequest, DraftQuery, EventQuery, MachineQuery, Page, ProjectQuery, QueueCounts,
    RunQuery, TaskOrder, TaskQuery, UsageQuery,
};
pub use records::{ActionStore, DraftStore, FleetStore, FlowStore, KeyStore, ProjectStore};
pub use request::{IdempotentStore, RequestKey};
pub use retention::{PruneCursor, PruneRequest, Pruned, Retention, RetentionStore};
pub use traits::{EventLog, MessageStore, RunStore, Store, TaskStore};
pub use wrapper::StoreWrapper;

/// How long a machine may be silent before it counts as offline.
pub const SILENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// What a store's method gives.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
