//! Conformance suite for stores and backends.
//!
//! [`check`] opens a fresh store for each case and compares what it does with what the traits' documentation promises;
//! [`check_idempotent`] also repeats requests. [`check_backend`] does the same for a [`Backend`](crate::backend::Backend).
//! It needs a multi-threaded tokio runtime to show more than the order in which tasks happen to be polled.
//!
//! ```
//! use octopoid_core::store::Store;
//! use octopoid_store::{MemoryStore, conformance};
//! use std::sync::Arc;
//!
//! # let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let report = conformance::check(|clock, policy| async {
//!     Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store>
//! });
//! assert!(report.await.is_ok());
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

mod actions;
mod attributes;
mod backends;
mod blockers;
mod breakdown;
mod claims;
mod clock;
mod commands;
mod drafts;
mod events;
mod feeds;
mod flows;
mod isolation;
mod landings;
mod leases;
mod lists;
mod machines;
mod pages;
mod projects;
mod races;
mod records;
mod repeats;
mod requests;
mod retention;
mod reviews;
mod scopes;
mod setting;
mod states;
mod suite;
mod tasks;
mod text;
mod threads;
mod types;
mod verdict;

pub use backends::check_backend;
pub use clock::SteppedClock;
pub use suite::{Failure, Report, check, check_idempotent};
