//! The backend: one transaction at a time.

use crate::log::Log;
use crate::rows::Rows;
use crate::transaction::FileTransaction;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, StoreError};
use octopoid_store::BackendStore;
use octopoid_store::backend::{Backend, Reader};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// Store in a folder.
pub type FileStore = BackendStore<FileBackend>;

/// Opens a folder as a store, or creates it. Blocks for as long as the disk needs.
///
/// # Errors
/// As [`FileBackend::open`].
pub fn open(folder: impl AsRef<Path>, clock: Arc<dyn Clock>, policy: Policy) -> Result<FileStore> {
    Ok(BackendStore::with_backend(FileBackend::open(folder, clock)?, policy))
}

/// Backend in a folder. Needs tokio's runtime, whose blocking threads wait for the disk.
#[derive(Debug)]
pub struct FileBackend {
    shared: Arc<Shared>,
}

struct Shared {
    /// Held until a transaction is on the disk, so that no reader sees what could still be lost.
    state: Mutex<(Rows, Log)>,
    /// The number of the newest event.
    newest: watch::Sender<u64>,
    /// Leases are measured by it, so it is never set back.
    clock: SteadyClock,
}

/// Shows no rows: tokens are secrets (I28).
impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("newest", &self.newest).finish_non_exhaustive()
    }
}

impl FileBackend {
    /// Opens a folder, or creates it. Blocks for as long as the disk needs.
    ///
    /// # Errors
    /// `Unavailable` where the folder cannot be used or another process has it open; `Internal` where its log is damaged.
    pub fn open(folder: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self> {
        let (log, rows) = Log::open(folder.as_ref())?;
        let clock = SteadyClock::new(clock);
        // The machine's clock may have been set back while the folder was closed.
        let newest = rows.events.last_key_value().map(|(_, event)| event);
        newest.into_iter().for_each(|event| clock.at_least(event.at));
        let newest = watch::Sender::new(newest.map_or(0, |event| event.seq));
        Ok(Self { shared: Arc::new(Shared { state: Mutex::new((rows, log)), newest, clock }) })
    }

    /// Works on the state, on a thread where waiting is allowed and where a caller that gives up cannot stop it half-way.
    async fn with_state<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Shared, MutexGuard<'_, (Rows, Log)>) -> Result<T> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let done = spawn_blocking(move || {
            // A transaction that panics takes its changes back before it lets go of the lock.
            let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            work(&shared, state)
        });
        done.await.map_err(|error| StoreError::internal("the transaction panicked").with_source(error))?
    }
}

impl Backend for FileBackend {
    type Reader<'a> = FileTransaction<'a>;
    type Transaction<'a> = FileTransaction<'a>;

    async fn transact<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut FileTransaction<'_>) -> Result<T> + Send + 'static,
    {
        self.with_state(move |shared, mut state| {
            let (rows, log) = &mut *state;
            let mut transaction = FileTransaction::new(rows, shared.clock.now());
            // Dropped without a commit, the transaction takes its changes back.
            let result = work(&mut transaction)?;
            if !transaction.changes().is_empty() {
                log.append(transaction.changes())?;
            }
            let newest = transaction.last_event()?;
            transaction.commit();
            drop(state);
            shared.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
            Ok(result)
        })
        .await
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut FileTransaction<'_>) -> Result<T> + Send + 'static,
    {
        self.with_state(move |shared, mut state| {
            work(&mut FileTransaction::new(&mut state.0, shared.clock.now()))
        })
        .await
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        let mut newest = self.shared.newest.subscribe();
        let waited = newest.wait_for(|newest| *newest > after).await;
        waited.map(drop).map_err(|_| StoreError::unavailable("the store is closed"))
    }
}
