//! The backend: a lock around the tables.

use super::tables::Tables;
use super::transaction::MemoryTransaction;
use crate::backend::{Backend, BackendStore};
use crate::feed::Feed;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Store in memory. It does everything that the others do, except to survive the program.
pub type MemoryStore = BackendStore<MemoryBackend>;

impl MemoryStore {
    /// Returns an empty store that takes the time from `clock` and applies the bounds of `policy`. Its time is never set back,
    /// because leases are measured by it.
    pub fn new(clock: Arc<dyn Clock>, policy: Policy) -> Self {
        Self::with_backend(MemoryBackend::new(clock), policy)
    }
}

/// Backend of a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryBackend {
    tables: Mutex<Tables>,
    feed: Feed,
    clock: SteadyClock,
}

impl MemoryBackend {
    /// Returns an empty backend that takes the time from a clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { tables: Mutex::default(), feed: Feed::new(0), clock: SteadyClock::new(clock) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic leaves the tables whole: the transaction undoes what it wrote.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for MemoryBackend {
    type Reader<'a> = MemoryTransaction<'a>;
    type Transaction<'a> = MemoryTransaction<'a>;

    async fn transact<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut MemoryTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let mut tables = self.tables();
        let mut transaction = MemoryTransaction::new(&mut tables, self.clock.now());
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut transaction)));
        let result =
            result.unwrap_or_else(|_| Err(StoreError::internal("a defect: the transaction panicked")))?;
        transaction.commit();
        let newest = tables.last_event;
        drop(tables);
        self.feed.publish(newest);
        Ok(result)
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut MemoryTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let mut tables = self.tables();
        work(&mut MemoryTransaction::new(&mut tables, self.clock.now()))
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.feed.wait(after).await
    }
}
