//! Runs, messages and events.

use super::BackendStore;
use crate::backend::{Access, Backend, Reader, engine};
use crate::limits::{check_event_query, check_run_query};
use async_trait::async_trait;
use octopoid_core::model::{Event, Message, MessageDraft, Run, RunId, Scope, TaskId, Usage};
use octopoid_core::store::{
    EventLog, EventQuery, MessageStore, Result, RunQuery, RunStore, StoreError, UsageQuery,
};

#[async_trait]
impl<B: Backend> RunStore for BackendStore<B> {
    async fn save_run(&self, run: &Run) -> Result<()> {
        let access = Access::to_scope(&run.scope).with_task(&run.task);
        let run = run.clone();
        self.write(access, move |transaction, context| engine::save_run(transaction, &run, context)).await
    }

    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run> {
        let (of, named) = (scope.clone(), id.clone());
        let found = self.read(move |reader| reader.run(&of, &named)).await?;
        found.ok_or_else(|| StoreError::not_found(format_args!("run {id}")))
    }

    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>> {
        check_run_query(query)?;
        let query = query.clone();
        self.read(move |reader| reader.list_runs(&query)).await
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Usage> {
        let query = query.clone();
        self.read(move |reader| reader.usage(&query)).await
    }
}

#[async_trait]
impl<B: Backend> MessageStore for BackendStore<B> {
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task) = (scope.clone(), task.clone());
        self.write(access, move |transaction, context| {
            engine::post_message(transaction, &scope, &task, &message, context)
        })
        .await
    }

    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>> {
        let (scope, task) = (scope.clone(), task.clone());
        self.read(move |reader| engine::messages(reader, &scope, &task)).await
    }
}

#[async_trait]
impl<B: Backend> EventLog for BackendStore<B> {
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        check_event_query(query)?;
        let query = query.clone();
        self.read(move |reader| reader.events(&query)).await
    }

    async fn last_event(&self) -> Result<u64> {
        self.read(|reader| reader.last_event()).await
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        self.backend.wait_for_event(after).await
    }
}
