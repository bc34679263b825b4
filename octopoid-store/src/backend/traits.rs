//! The database.

use super::{Reader, Transaction};
use octopoid_core::store::Result;
use std::fmt::Debug;

/// Database under a [`BackendStore`](super::BackendStore).
///
/// The work of a transaction is a closure that runs to its end without waiting, so that a database with a synchronous
/// interface can run it on a thread of its own, and one that commits optimistically can run it again.
pub trait Backend: Debug + Send + Sync + 'static {
    /// View of the database that only reads.
    type Reader<'a>: Reader;
    /// Transaction that reads and writes.
    type Transaction<'a>: Transaction;

    /// Runs `work` in a transaction, commits it, and returns what `work` returned.
    ///
    /// # Behavior
    /// - Transactions are isolated, see [the contract](super#contract). `work` sees its own writes.
    /// - `work` may run more than once; only the writes of its last run are committed.
    /// - An `Err` of `work` leaves nothing of the transaction; a panic in it neither, and is returned as `Internal`. An error for which
    ///   [`is_fault`](super::is_fault) is false is a refusal, which comes before the first write: a backend that commits several
    ///   transactions together need not undo anything for it.
    /// - Returns once the transaction is durable, and wakes those who [wait for its events](Backend::wait_for_event).
    /// - Where the future is dropped, the transaction is committed whole or not at all.
    ///
    /// # Errors
    /// The error of `work`; `Unavailable` where the database cannot be written, after which nothing is committed.
    fn transact<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: Fn(&mut Self::Transaction<'_>) -> Result<T> + Send + 'static;

    /// Runs `work` on one committed state of the database, and returns what it returned.
    ///
    /// # Behavior
    /// - Sees everything that [`Backend::transact`] returned before this call, and nothing that could still be lost.
    ///
    /// # Errors
    /// The error of `work`; `Unavailable` where the database cannot be read.
    fn read<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&mut Self::Reader<'_>) -> Result<T> + Send + 'static;

    /// Completes once the number of the newest event is above `after`, at once where it already is.
    ///
    /// # Behavior
    /// - Also wakes for events of other processes that share the database.
    /// - An event that it wakes for can be read.
    ///
    /// # Errors
    /// `Unavailable` while no event can come.
    fn wait_for_event(&self, after: u64) -> impl Future<Output = Result<()>> + Send;
}
