//! A store of one's own: everything is in one file of JSON lines that is only ever added to.
//!
//! What makes a store is in two places. `store.rs` implements the traits that
//! [`Store`](octopoid_core::store::Store) sums up, each method in a line or two. The rules (what may be claimed, what a
//! command does to a task, which number comes next) are not written again: a `MemoryStore` carries every write out, and
//! the journal keeps what was asked for and when. The rules ask nothing else, so opening the file again and doing
//! everything once more gives the same tables. That is checked, line by line, and the suite
//! `octopoid_store::conformance` checks the rest (`tests/it`).
//!
//! - A write is answered when its line is on the disk. A line that a crash cut off was never answered, and is dropped.
//! - A write is one line, so it is whole or not there.
//! - Readers wait for the write under way, so that they see nothing that could still be lost.
//! - A file belongs to one process at a time, and to one [`Policy`](octopoid_core::model::Policy).
//!
//! A journal like this one grows for ever and is read from its beginning. A store for more than a few thousand tasks
//! keeps tables instead, as `SqliteStore` does.

mod clock;
mod journal;
mod store;
mod write;

pub use store::JournalStore;
