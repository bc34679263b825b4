//! The database.

use super::{Reader, Transaction};
use octopoid_core::model::{ClaimToken, Scope, TaskId};
use octopoid_core::store::Result;
use std::fmt::Debug;

/// What the work of a transaction is known to use before it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Access {
    /// The scope, if it reads and writes the rows of one scope alone, beside [counters](super::Counter) and replies.
    pub scope: Option<Scope>,
    /// The key of the [reply](Reader::reply) that it reads first.
    pub reply: Option<String>,
    /// The task that it reads first.
    pub task: Option<TaskId>,
    /// The token under which it claims a task.
    pub token: Option<ClaimToken>,
}

impl Access {
    /// Returns the access of work about which nothing is known.
    pub fn to_all() -> Self {
        Self::default()
    }

    /// Returns the access of work on one scope.
    pub fn to_scope(scope: &Scope) -> Self {
        Self { scope: Some(scope.clone()), ..Self::default() }
    }

    /// Sets the token under which a task is claimed.
    #[must_use]
    pub fn with_token(mut self, token: &ClaimToken) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// Sets the task that is read first.
    #[must_use]
    pub fn with_task(mut self, task: &TaskId) -> Self {
        self.task = Some(task.clone());
        self
    }
}

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

    /// Like [`Backend::transact`], told what `work` uses: a database that can run the transactions of several scopes at once, or read
    /// for several transactions together, overrides it.
    fn transact_with<T, F>(&self, access: Access, work: F) -> impl Future<Output = Result<T>> + Send
    where
        T: Send + 'static,
        F: Fn(&mut Self::Transaction<'_>) -> Result<T> + Send + 'static,
    {
        let _ = access;
        self.transact(work)
    }

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

    /// Returns whether this process is the one that does what only one of those that share the database has to do. Asked again before
    /// each such work.
    ///
    /// # Errors
    /// `Unavailable` where the database cannot be asked.
    fn is_housekeeper(&self) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(true) }
    }
}
