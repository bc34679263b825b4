//! The backend: a file, the threads that work on it, and how they are given work.

use super::checkpoints::start_checkpointer;
use super::error::failed;
use super::presence::Presence;
use super::transaction::SqliteTransaction;
use super::watch::Watch;
use super::workers::{Reads, Workers};
use super::writer::{Writer, join};
use super::{SqliteOptions, file, query};
use crate::backend::{Backend, BackendStore};
use crate::feed::Feed;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, StoreError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Store in one SQLite file.
///
/// What was returned is on the disk. A request whose future is dropped may or may not be carried out, but never in part.
/// Dropping the store, like [`SqliteStore::close`], carries out what was handed in before.
pub type SqliteStore = BackendStore<SqliteBackend>;

impl SqliteStore {
    /// Opens a file, or creates it, with the default options. Blocks for as long as the disk needs.
    ///
    /// # Errors
    /// As [`SqliteStore::open_with`].
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>, policy: Policy) -> Result<Self> {
        Self::open_with(path, clock, policy, SqliteOptions::default())
    }

    /// Opens a file, or creates it, readable by its owner alone.
    ///
    /// # Errors
    /// `Invalid` for a file that is not a database, is another program's or was written by a newer version;
    /// `Unavailable` where it cannot be read or written.
    pub fn open_with(
        path: impl AsRef<Path>,
        clock: Arc<dyn Clock>,
        policy: Policy,
        options: SqliteOptions,
    ) -> Result<Self> {
        Ok(Self::with_backend(SqliteBackend::open(path, clock, options)?, policy))
    }

    /// Carries out what was handed in, checkpoints the log into the file and closes it. Later calls are `Unavailable`.
    pub fn close(&self) {
        self.backend().close();
    }

    /// Copies one state of the file into another, which must not exist or be empty, while others go on with it.
    ///
    /// # Errors
    /// `Unavailable` where it cannot be read or the copy not be written.
    pub async fn back_up(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref().to_owned();
        let copied = self.backend().submit(|workers| {
            workers.reads.send(move |connection| {
                let path = path.to_str().ok_or_else(|| StoreError::invalid("path", "must be Unicode"))?;
                // It writes to the copy alone.
                connection.pragma_update(None, "query_only", false).map_err(failed)?;
                let copied = connection.execute("VACUUM INTO ?1", [path]).map(drop).map_err(failed);
                connection.pragma_update(None, "query_only", true).map_err(failed)?;
                copied
            })
        })?;
        copied.await.map_err(|_| closed())?
    }

    /// Returns what SQLite's own check finds wrong with the file; nothing when it is sound. Reads all of it.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn check_integrity(&self) -> Result<Vec<String>> {
        self.backend().read(|transaction| file::check_integrity(transaction.connection)).await
    }
}

/// Backend of a [`SqliteStore`].
#[derive(Debug)]
pub struct SqliteBackend {
    /// None once the store is closed; the threads end when it goes.
    workers: RwLock<Option<Workers>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Started by the first who waits for an event: a program that only enqueues needs none.
    watch: Mutex<Option<Watch>>,
    feed: Arc<Feed>,
    path: PathBuf,
    presence: Arc<Presence>,
    options: SqliteOptions,
    /// Leases are measured by it, so it is never set back.
    clock: Arc<SteadyClock>,
}

impl SqliteBackend {
    /// Opens a file, or creates it, readable by its owner alone.
    ///
    /// # Errors
    /// As [`SqliteStore::open_with`].
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>, options: SqliteOptions) -> Result<Self> {
        let path = path.as_ref();
        let mut connection = file::open_writer(path, &options)?;
        let presence = Arc::new(Presence::of(path, options.rescue_folder.clone())?);
        let feed = Arc::new(Feed::new(query::last_event(&connection)?));
        // The machine's clock may have been set back while the file was closed.
        let clock = Arc::new(SteadyClock::new(clock));
        query::newest_moment(&connection)?.into_iter().for_each(|moment| clock.at_least(moment));
        let (reads, readers) = Reads::start(path, &options)?;
        start_checkpointer(&mut connection, reads.clone())?;
        let writer = Writer {
            connection,
            clock: Arc::clone(&clock),
            feed: Arc::clone(&feed),
            options: options.clone(),
            presence: Arc::clone(&presence),
            readers,
        };
        let (writes, thread) = writer.start()?;
        Ok(Self {
            workers: RwLock::new(Some(Workers { writes, reads })),
            writer: Mutex::new(Some(thread)),
            watch: Mutex::default(),
            feed,
            path: path.to_owned(),
            presence,
            options,
            clock,
        })
    }

    /// Carries out what was handed in and ends the threads.
    fn close(&self) {
        self.feed.close();
        // The watching thread ends before the writer can: the last connection to close removes the log, and only the writer's does. Held
        // until the store is closed, so that no other one begins.
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.take();
        self.workers.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(watch);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.into_iter().for_each(join);
    }

    /// Hands work to the threads, unless the store is closed.
    fn submit<T>(
        &self,
        work: impl FnOnce(&Workers) -> oneshot::Receiver<Result<T>>,
    ) -> Result<oneshot::Receiver<Result<T>>> {
        let workers = self.workers.read().unwrap_or_else(PoisonError::into_inner);
        workers.as_ref().map(work).ok_or_else(closed)
    }

    /// Watches for other processes' commits from now on.
    fn watch(&self) -> Result<()> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.workers.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if watch.is_none() && open {
            let (options, presence) = (self.options.clone(), Arc::clone(&self.presence));
            *watch = Some(Watch::start(self.path.clone(), options, presence, Arc::clone(&self.feed))?);
        }
        Ok(())
    }
}

impl Drop for SqliteBackend {
    fn drop(&mut self) {
        self.close();
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("the store is closed")
}

impl Backend for SqliteBackend {
    type Reader<'a> = SqliteTransaction<'a>;
    type Transaction<'a> = SqliteTransaction<'a>;

    async fn transact<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut SqliteTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let result = self.submit(|workers| workers.writes.send(work))?;
        result.await.map_err(|_| closed())?
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let (presence, clock) = (Arc::clone(&self.presence), Arc::clone(&self.clock));
        let result = self.submit(|workers| {
            workers.reads.send(move |connection| {
                presence.check()?;
                let _snapshot = file::snapshot(connection)?;
                work(&mut SqliteTransaction::new(connection, clock.now()))
            })
        })?;
        let result = result.await.map_err(|_| closed())?;
        let gone = result.as_ref().is_err_and(StoreError::is_gone);
        if gone && !self.presence.is_over() {
            // The writer saves what is there with any request, and its error says where.
            self.submit(|workers| workers.writes.send(|_| Ok(())))?.await.map_err(|_| closed())??;
        }
        result
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.watch()?;
        self.feed.wait(after).await
    }
}
