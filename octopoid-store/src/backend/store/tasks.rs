//! The task queue.

use super::BackendStore;
use crate::backend::{Access, Backend, Reader, engine};
use crate::limits::check_task_query;
use async_trait::async_trait;
use octopoid_core::model::{NewTask, OrchestratorId, Policy, Scope, Task, TaskId};
use octopoid_core::store::{ClaimRequest, Page, QueueCounts, Result, StoreError, TaskQuery, TaskStore};
use octopoid_core::transition::Command;

#[async_trait]
impl<B: Backend> TaskStore for BackendStore<B> {
    async fn create_task(&self, new: NewTask) -> Result<Task> {
        let access = Access::to_scope(&new.scope);
        self.write(access, move |transaction, context| engine::create(transaction, &new, context)).await
    }

    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task> {
        let (of, named) = (scope.clone(), id.clone());
        let found = self.read(move |reader| reader.task(&of, &named)).await?;
        found.ok_or_else(|| StoreError::not_found(format_args!("task {id}")))
    }

    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>> {
        check_task_query(query)?;
        let query = query.clone();
        self.read(move |reader| reader.list_tasks(&query)).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        let access = Access::to_scope(&request.scope).with_token(&request.token);
        let (request, token) = (request.clone(), request.token.clone());
        let claimed = self
            .write(access, move |transaction, context| engine::claim(transaction, &request, context))
            .await?;
        // A repeated request shows its task as it is now, also where its claim is over: nobody is to work on that.
        Ok(claimed.filter(|task| task.state.claim().is_some_and(|claim| claim.token == token)))
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        let access = Access::to_scope(scope).with_task(id);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, context| {
            engine::apply(transaction, &scope, &id, &command, context)
        })
        .await
    }

    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task> {
        let access = Access::to_scope(scope).with_task(id);
        let (scope, id) = (scope.clone(), id.clone());
        self.write(access, move |transaction, context| {
            engine::apply_all(transaction, &scope, &id, version, &commands, context)
        })
        .await
    }

    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()> {
        let access = Access::to_scope(scope).with_task(id);
        let (scope, id, actor) = (scope.clone(), id.clone(), actor.to_owned());
        self.write(access, move |transaction, context| {
            engine::delete(transaction, &scope, &id, &actor, context)
        })
        .await
    }

    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>> {
        let access = Access::to_scope(scope);
        let (scope, spare) = (scope.clone(), spare.cloned());
        self.write(access, move |transaction, context| {
            engine::expire(transaction, &scope, spare.as_ref(), context)
        })
        .await
    }

    async fn scopes(&self) -> Result<Vec<Scope>> {
        self.read(|reader| reader.scopes()).await
    }

    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts> {
        let scope = scope.clone();
        self.read(move |reader| reader.queue_counts(&scope)).await
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }
}
