//! Backends: what a store needs from a database.
//!
//! A backend offers transactions over rows ([`Backend`], [`Reader`], [`Transaction`]); [`BackendStore`] makes a
//! [`Store`](octopoid_core::store::Store) of it, with every rule written once. A backend writes the required methods of the
//! three traits. The other methods have a default that reads every row; a database overrides those that it can
//! answer by an index. `octopoid_store::conformance` checks the result.
//!
//! # Contract
//! - **Isolation**: transactions of one scope, and all those that read or write the same counter, have the effect of one after
//!   the other.
//! - **Event order**: events are numbered in commit order. Whoever has seen a number never sees a smaller new one later.
//! - **All or nothing**: a transaction is committed whole or has no effect, also through a crash.
//! - **Durability**: what [`Backend::transact`] returned is still there when the backend is opened again, unless it is
//!   documented as volatile.

mod engine;
mod error;
mod idempotency;
#[cfg(any(feature = "postgres", all(feature = "sqlite", not(target_family = "wasm"))))]
pub(crate) mod job;
mod reader;
mod record_key;
pub mod scan;
mod store;
mod traits;
mod transaction;
#[cfg(any(feature = "backend", feature = "postgres", all(feature = "sqlite", not(target_family = "wasm"))))]
mod transfer;

pub use engine::{claimable_for, is_landing};
pub use error::{is_fault, token_in_use};
#[cfg(feature = "client")]
pub(crate) use idempotency::RequestWrites;
pub use idempotency::StoredReply;
pub use reader::{DraftLink, Reader};
pub use record_key::{Counter, RecordKey, RecordKind};
pub use store::BackendStore;
pub use traits::{Access, Backend};
pub use transaction::Transaction;
#[cfg(any(
    feature = "backend",
    feature = "postgres",
    all(feature = "sqlite", not(target_family = "wasm"))
))]
pub use transfer::{Export, Import, Row, Table};
