//! The store itself: the file's threads, and how to ask them.

use super::batch::SqliteBatch;
use super::checkpoints::keep_folding;
use super::presence::Presence;
use super::readers::Reads;
use super::watch::Watch;
use super::writer::{Requests, Writer, join};
use super::{SqliteOptions, file, query};
use crate::engine::{self, Given, Request};
use crate::feed::Feed;
use async_trait::async_trait;
use octopoid_core::clock::{Clock, SteadyClock};
use octopoid_core::model::{
    Event, Message, MessageDraft, NewTask, OrchestratorId, Policy, Run, RunId, Scope, Task, TaskId,
    Timestamp, Usage,
};
use octopoid_core::store::{
    ClaimRequest, EventLog, EventQuery, MessageStore, Page, QueueCounts, RequestKey, Result, RunQuery,
    RunStore, StoreError, TaskQuery, TaskStore, UsageQuery,
};
use octopoid_core::transition::{Command, Context};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// A store in one SQLite file.
///
/// What was answered is on the disk. A request whose future is dropped may or may not be carried out, but never in
/// part. Dropping the store, like [`SqliteStore::close`], carries out what was handed in before.
#[derive(Debug)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    /// Whose writes these are, where they may come twice.
    request: Option<Arc<Request>>,
}

#[derive(Debug)]
struct Shared {
    /// None once the store is closed; the threads end when it goes.
    ways: RwLock<Option<Ways>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Started by the first who waits for an event: a program that only enqueues needs none.
    watch: Mutex<Option<Watch>>,
    feed: Arc<Feed>,
    path: PathBuf,
    presence: Arc<Presence>,
    options: SqliteOptions,
    policy: Policy,
    /// Leases are reckoned by it, so it is never set back.
    clock: Arc<SteadyClock>,
}

/// The ways to the threads.
#[derive(Debug)]
struct Ways {
    writes: Requests,
    reads: Reads,
}

impl SqliteStore {
    /// Opens a file, or makes it, with the usual options. Blocks for as long as the disk needs.
    ///
    /// # Errors
    /// As [`SqliteStore::open_with`].
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>, policy: Policy) -> Result<Self> {
        Self::open_with(path, clock, policy, SqliteOptions::default())
    }

    /// Opens a file, or makes it, readable by its owner alone.
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
        let path = path.as_ref().to_owned();
        let mut connection = file::open_writer(&path, &options)?;
        let presence = Arc::new(Presence::of(&path, options.rescue_folder.clone())?);
        let feed = Arc::new(Feed::new(query::last_event(&connection)?));
        // The machine's clock may have been set back while the file was closed.
        let clock = Arc::new(SteadyClock::new(clock));
        query::newest_moment(&connection)?.into_iter().for_each(|moment| clock.at_least(moment));
        let (reads, readers) = Reads::start(&path, &options)?;
        keep_folding(&mut connection, reads.clone())?;
        let writer = Writer {
            connection,
            clock: Arc::clone(&clock),
            policy: policy.clone(),
            feed: Arc::clone(&feed),
            options: options.clone(),
            presence: Arc::clone(&presence),
            readers,
        };
        let (writes, thread) = writer.start()?;
        let shared = Shared {
            ways: RwLock::new(Some(Ways { writes, reads })),
            writer: Mutex::new(Some(thread)),
            watch: Mutex::default(),
            feed,
            path,
            presence,
            options,
            policy,
            clock,
        };
        Ok(Self { shared: Arc::new(shared), request: None })
    }

    /// Carries out what was handed in, folds the log into the file and lets go of it. Later calls are `Unavailable`.
    pub fn close(&self) {
        self.shared.close();
    }

    /// What SQLite's own check finds wrong with the file; nothing when it is sound. Reads all of it.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn check_integrity(&self) -> Result<Vec<String>> {
        self.read(query::check_integrity).await
    }

    async fn write<T: Given + Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteBatch<'_>, Context<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answer = match self.request.as_ref().map(|request| request.next_write()) {
            None => self.shared.ask(|ways| ways.writes.send(work))?,
            Some(request) => self.shared.ask(|ways| {
                ways.writes.send(move |batch, context| engine::once(batch, Some(&request), context, &work))
            })?,
        };
        answer.await.map_err(|_| closed())?
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let presence = Arc::clone(&self.shared.presence);
        let answer = self.shared.ask(|ways| {
            ways.reads.send(move |connection| {
                presence.check()?;
                work(connection)
            })
        })?;
        let result = answer.await.map_err(|_| closed())?;
        let gone = result.as_ref().is_err_and(StoreError::is_gone);
        if gone && !self.shared.presence.is_over() {
            // The writer saves what is there with any request, and its error says where.
            self.shared.ask(|ways| ways.writes.send(|_, _| Ok(())))?.await.map_err(|_| closed())??;
        }
        result
    }

    /// Reads through a batch that does not write.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteBatch<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.read(move |connection| work(&mut SqliteBatch::new(connection))).await
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn with_request(&self, request: RequestKey) -> Self {
        Self { shared: Arc::clone(&self.shared), request: Some(Request::new(request)) }
    }
}

engine::records_over_engine!(SqliteStore);

impl Shared {
    /// Carries out what was handed in and ends the threads.
    fn close(&self) {
        self.feed.close();
        // The watching thread ends before the writer can: the last connection to close removes the log, and only the writer's does. Held
        // until the store is closed, so that no other one begins.
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.take();
        self.ways.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(watch);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.into_iter().for_each(join);
    }

    /// Hands something to the threads, unless the store is closed.
    fn ask<T>(
        &self,
        ask: impl FnOnce(&Ways) -> oneshot::Receiver<Result<T>>,
    ) -> Result<oneshot::Receiver<Result<T>>> {
        let ways = self.ways.read().unwrap_or_else(PoisonError::into_inner);
        ways.as_ref().map(ask).ok_or_else(closed)
    }

    /// Has other processes' commits noticed from now on.
    fn watch(&self) -> Result<()> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.ways.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if watch.is_none() && open {
            let (options, presence) = (self.options.clone(), Arc::clone(&self.presence));
            *watch = Some(Watch::start(self.path.clone(), options, presence, Arc::clone(&self.feed))?);
        }
        Ok(())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("the store is closed")
}

#[async_trait]
impl TaskStore for SqliteStore {
    async fn create_task(&self, new: NewTask) -> Result<Task> {
        self.write(move |batch, context| engine::create(batch, &new, context)).await
    }

    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task> {
        let (scope, id) = (scope.clone(), id.clone());
        self.read(move |connection| query::task(connection, &scope, &id)).await
    }

    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>> {
        engine::check_task_query(query)?;
        let query = query.clone();
        self.read(move |connection| query::list_tasks(connection, &query)).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        let request = request.clone();
        self.write(move |batch, context| engine::claim(batch, &request, context)).await
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        let (scope, id) = (scope.clone(), id.clone());
        self.write(move |batch, context| engine::apply(batch, &scope, &id, &command, context)).await
    }

    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task> {
        let (scope, id) = (scope.clone(), id.clone());
        self.write(move |batch, context| engine::apply_all(batch, &scope, &id, version, &commands, context))
            .await
    }

    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()> {
        let (scope, id, actor) = (scope.clone(), id.clone(), actor.to_owned());
        self.write(move |batch, context| engine::delete(batch, &scope, &id, &actor, context)).await
    }

    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>> {
        let (scope, spare) = (scope.clone(), spare.cloned());
        self.write(move |batch, context| engine::expire(batch, &scope, spare.as_ref(), context)).await
    }

    async fn scopes(&self) -> Result<Vec<Scope>> {
        self.read(query::scopes).await
    }

    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts> {
        let scope = scope.clone();
        self.read(move |connection| query::queue_counts(connection, &scope)).await
    }

    fn policy(&self) -> &Policy {
        &self.shared.policy
    }
}

#[async_trait]
impl RunStore for SqliteStore {
    async fn save_run(&self, run: &Run) -> Result<()> {
        let run = run.clone();
        self.write(move |batch, context| engine::save_run(batch, &run, context)).await
    }

    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run> {
        let (scope, id) = (scope.clone(), id.clone());
        self.read(move |connection| query::run(connection, &scope, &id)).await
    }

    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>> {
        engine::check_run_query(query)?;
        let query = query.clone();
        self.read(move |connection| query::list_runs(connection, &query)).await
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Usage> {
        let query = query.clone();
        self.read(move |connection| query::usage(connection, &query)).await
    }
}

#[async_trait]
impl MessageStore for SqliteStore {
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message> {
        let (scope, task) = (scope.clone(), task.clone());
        self.write(move |batch, context| engine::post_message(batch, &scope, &task, &message, context)).await
    }

    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>> {
        let (scope, task) = (scope.clone(), task.clone());
        self.read(move |connection| query::messages(connection, &scope, &task)).await
    }
}

#[async_trait]
impl EventLog for SqliteStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        engine::check_event_query(query)?;
        let query = query.clone();
        self.read(move |connection| query::events(connection, &query)).await
    }

    async fn last_event(&self) -> Result<u64> {
        self.read(query::last_event).await
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.shared.watch()?;
        self.shared.feed.wait(after).await
    }
}
