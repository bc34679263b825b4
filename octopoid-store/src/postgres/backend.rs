//! The backend: an address, the threads that work on its database, and how they are given work.

use super::group::Writer;
use super::housekeeper::Housekeeper;
use super::job::request;
use super::listen::{Listener, last};
use super::migrate::migrate;
use super::session::Connector;
use super::transaction::{DatabaseClock, PostgresTransaction};
use super::workers::{Waiting, closed, start_reader, start_writer};
use super::{PostgresOptions, PostgresUrl};
use crate::backend::{Access, Backend, BackendStore};
use crate::feed::Feed;
use octopoid_core::model::Policy;
use octopoid_core::store::{Result, StoreError};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Store in a PostgreSQL database.
///
/// What was returned is in the database. A request whose future is dropped may or may not be carried out, but never in part.
/// Dropping the store, like [`PostgresStore::close`], carries out what was handed in before.
pub type PostgresStore = BackendStore<PostgresBackend>;

impl PostgresStore {
    /// Connects to a database, and creates its tables or brings them up to date. Blocks for as long as that takes.
    ///
    /// # Errors
    /// `Invalid` where the schema is another program's or was migrated by a newer version; `Unavailable` where the database cannot
    /// be reached or written.
    pub fn connect(url: PostgresUrl, policy: Policy, options: PostgresOptions) -> Result<Self> {
        Ok(Self::with_backend(PostgresBackend::connect(url, options)?, policy))
    }

    /// Returns the tasks whose columns do not say what the task says, and blockers that are not those of a task; nothing when all
    /// is sound. Reads all of it.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn check_integrity(&self) -> Result<Vec<String>> {
        self.backend().read(|transaction| transaction.check_integrity()).await
    }

    /// Carries out what was handed in, and closes the connections. Later calls are `Unavailable`. Blocks until that is done.
    pub fn close(&self) {
        self.backend().close();
    }
}

/// Backend of a [`PostgresStore`].
pub struct PostgresBackend {
    waiting: Arc<Waiting>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Started by the first who waits for an event: a program that only enqueues needs none.
    listener: Mutex<Option<Listener>>,
    feed: Arc<Feed>,
    clock: Arc<DatabaseClock>,
    connector: Connector,
    options: PostgresOptions,
    housekeeper: Arc<Housekeeper>,
}

impl fmt::Debug for PostgresBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBackend").field("url", &self.connector.url).finish_non_exhaustive()
    }
}

impl PostgresBackend {
    /// Connects to a database, and creates its tables or brings them up to date. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`].
    pub fn connect(url: PostgresUrl, options: PostgresOptions) -> Result<Self> {
        let connector = Connector::new(url, options.timeout)?;
        // On a thread of its own, as the caller may be a task of a runtime, in which no other can wait.
        let opening = connector.clone();
        let opened = std::thread::spawn(move || {
            let mut session = opening.session()?;
            session.connect()?;
            migrate(&mut session)?;
            last(&mut session)
        });
        let newest = opened
            .join()
            .unwrap_or_else(|_| Err(StoreError::internal("a defect: opening the database panicked")))?;
        let (waiting, feed) = (Arc::new(Waiting::default()), Arc::new(Feed::new(newest)));
        let clock = Arc::new(DatabaseClock::new(options.clock.clone()));
        let (group, shared) = (options.group.max(1), Arc::clone(&clock));
        let writer = Arc::new(Writer { clock: shared, feed: Arc::clone(&feed), group });
        let mut threads = Vec::new();
        for number in 1..=options.readers.max(1) {
            threads.push(start_reader(number, &connector, &waiting)?);
        }
        for number in 1..=options.writers.max(1) {
            threads.push(start_writer(number, &connector, &waiting, Arc::clone(&writer))?);
        }
        Ok(Self {
            waiting,
            threads: Mutex::new(threads),
            listener: Mutex::default(),
            feed,
            clock,
            connector,
            options,
            housekeeper: Arc::default(),
        })
    }

    /// Returns the address of the database.
    pub fn url(&self) -> &PostgresUrl {
        &self.connector.url
    }

    /// Carries out what was handed in and ends the threads.
    fn close(&self) {
        self.feed.close();
        self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.housekeeper.is_it() {
            let housekeeper = Arc::clone(&self.housekeeper);
            // Another server goes on at once. Where that cannot be written it does so a little later.
            drop(self.waiting.read(move |session| housekeeper.resign(session)));
        }
        self.waiting.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the database ended by a panic");
            }
        }
    }

    /// Listens for other servers' commits from now on.
    fn listen(&self) -> Result<()> {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if listener.is_none() && !self.feed.is_closed() {
            *listener = Some(Listener::start(&self.connector, Arc::clone(&self.feed), self.options.poll)?);
        }
        Ok(())
    }
}

impl Drop for PostgresBackend {
    fn drop(&mut self) {
        self.close();
    }
}

impl Backend for PostgresBackend {
    type Reader<'a> = PostgresTransaction<'a>;
    type Transaction<'a> = PostgresTransaction<'a>;

    async fn transact<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut PostgresTransaction<'_>) -> Result<T> + Send + 'static,
    {
        self.transact_with(Access::to_all(), work).await
    }

    async fn transact_with<T, F>(&self, access: Access, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut PostgresTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let (job, result) = request(access, work);
        self.waiting.write(job);
        result.await.map_err(|_| closed())?
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PostgresTransaction<'_>) -> Result<T> + Send + 'static,
    {
        let clock = Arc::clone(&self.clock);
        let result = self.waiting.read(move |session| {
            let mut transaction = PostgresTransaction::begin_read(session, &clock)?;
            let result = work(&mut transaction);
            transaction.end_read();
            result
        });
        result.await.map_err(|_| closed())?
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.listen()?;
        self.feed.wait(after).await
    }

    async fn is_housekeeper(&self) -> Result<bool> {
        if let Some(known) = self.housekeeper.known() {
            return Ok(known);
        }
        let housekeeper = Arc::clone(&self.housekeeper);
        self.waiting.read(move |session| housekeeper.ask(session)).await.map_err(|_| closed())?
    }
}
