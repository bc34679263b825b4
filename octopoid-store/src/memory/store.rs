//! The store itself: a lock around the tables, and the engine.

use super::tables::Tables;
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
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory. It does everything that the others do, except to survive the program.
#[derive(Debug)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    /// Whose writes these are, where they may come twice.
    request: Option<Arc<Request>>,
}

#[derive(Debug)]
struct Shared {
    tables: Mutex<Tables>,
    feed: Feed,
    clock: Arc<dyn Clock>,
    policy: Policy,
}

impl MemoryStore {
    /// An empty store that takes the time from `clock` and applies the bounds of `policy`. Its time is never set back, because
    /// leases are reckoned by it.
    pub fn new(clock: Arc<dyn Clock>, policy: Policy) -> Self {
        Self::with_exact_clock(Arc::new(SteadyClock::new(clock)), policy)
    }

    /// An empty store that takes every moment from `clock` as it is: for a store of one's own that does again what was done at
    /// known moments. A clock that may be set is better put into a [`SteadyClock`].
    pub fn with_exact_clock(clock: Arc<dyn Clock>, policy: Policy) -> Self {
        let shared = Shared { tables: Mutex::default(), feed: Feed::new(0), clock, policy };
        Self { shared: Arc::new(shared), request: None }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // The engine writes only after everything that can fail, so a panic leaves the tables whole.
        self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out one batch and wakes whoever waits for its events.
    async fn write<T: Given>(&self, work: impl FnOnce(&mut Tables, Context<'_>) -> Result<T>) -> Result<T> {
        let request = self.request.as_ref().map(|request| request.next_write());
        let mut tables = self.tables();
        let context = Context { now: self.now(), policy: &self.shared.policy };
        let result = engine::once(&mut *tables, request.as_ref(), context, work);
        let newest = tables.last_event;
        drop(tables);
        self.shared.feed.publish(newest);
        result
    }

    /// Reads within one batch.
    async fn look<T>(&self, work: impl FnOnce(&mut Tables) -> Result<T>) -> Result<T> {
        work(&mut self.tables())
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn with_request(&self, request: RequestKey) -> Self {
        Self { shared: Arc::clone(&self.shared), request: Some(Request::new(request)) }
    }
}

engine::records_over_engine!(MemoryStore);

#[async_trait]
impl TaskStore for MemoryStore {
    async fn create_task(&self, new: NewTask) -> Result<Task> {
        self.write(|tables, context| engine::create(tables, &new, context)).await
    }

    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task> {
        let tables = self.tables();
        let found = tables.tenant(scope).and_then(|tenant| tenant.task(id));
        found.cloned().ok_or_else(|| StoreError::not_found(format_args!("task {id}")))
    }

    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>> {
        engine::check_task_query(query)?;
        Ok(self.tables().list_tasks(query))
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        self.write(|tables, context| engine::claim(tables, request, context)).await
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        self.write(|tables, context| engine::apply(tables, scope, id, &command, context)).await
    }

    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task> {
        self.write(|tables, context| engine::apply_all(tables, scope, id, version, &commands, context)).await
    }

    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()> {
        self.write(|tables, context| engine::delete(tables, scope, id, actor, context)).await
    }

    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>> {
        self.write(|tables, context| engine::expire(tables, scope, spare, context)).await
    }

    async fn scopes(&self) -> Result<Vec<Scope>> {
        let tables = self.tables();
        let with_tasks = tables.tenants.iter().filter(|(_, tenant)| !tenant.tasks.is_empty());
        let with_tasks = with_tasks.map(|(scope, _)| scope.clone());
        let of_records = tables.records.values().map(|record| record.scope.clone());
        Ok(with_tasks.chain(of_records).collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts> {
        Ok(self.tables().queue_counts(scope))
    }

    fn policy(&self) -> &Policy {
        &self.shared.policy
    }
}

#[async_trait]
impl RunStore for MemoryStore {
    async fn save_run(&self, run: &Run) -> Result<()> {
        self.write(|tables, context| engine::save_run(tables, run, context)).await
    }

    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run> {
        let tables = self.tables();
        let found = tables.tenant(scope).and_then(|tenant| tenant.runs.get(tenant.run_ids.get(id)?));
        found.cloned().ok_or_else(|| StoreError::not_found(format_args!("run {id}")))
    }

    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>> {
        engine::check_run_query(query)?;
        Ok(self.tables().list_runs(query))
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Usage> {
        Ok(self.tables().usage(query))
    }
}

#[async_trait]
impl MessageStore for MemoryStore {
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message> {
        self.write(|tables, context| engine::post_message(tables, scope, task, &message, context)).await
    }

    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>> {
        let tables = self.tables();
        match tables.tenant(scope) {
            Some(tenant) if tenant.ids.contains_key(task) || tenant.messages.contains_key(task) => {
                Ok(tenant.messages.get(task).cloned().unwrap_or_default())
            }
            _ => Err(StoreError::not_found(format_args!("task {task}"))),
        }
    }
}

#[async_trait]
impl EventLog for MemoryStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        engine::check_event_query(query)?;
        Ok(self.tables().list_events(query))
    }

    async fn last_event(&self) -> Result<u64> {
        Ok(self.tables().last_event)
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.shared.feed.wait(after).await
    }
}
