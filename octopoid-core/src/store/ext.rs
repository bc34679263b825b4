//! Extension methods of [`Store`], built on its required methods.

use super::{EventQuery, Result, Store, TaskOrder, TaskQuery};
use crate::model::{ClaimToken, CommitId, Event, Scope, Submission, Task, TaskId};
use crate::transition::{Actor, Cause, Command};
use async_trait::async_trait;
use std::time::Duration;

/// Commands as methods, and lists without pages. Implemented for every [`Store`].
#[async_trait]
pub trait StoreExt: Store {
    /// Renews a claim's lease. See [`Command::Renew`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn renew(&self, scope: &Scope, id: &TaskId, token: &ClaimToken, lease: Duration) -> Result<Task> {
        self.apply(scope, id, Command::Renew { token: token.clone(), lease }).await
    }

    /// Submits work. See [`Command::Submit`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn submit(
        &self,
        scope: &Scope,
        id: &TaskId,
        token: &ClaimToken,
        submission: Submission,
    ) -> Result<Task> {
        self.apply(scope, id, Command::Submit { token: token.clone(), submission }).await
    }

    /// Approves submitted work. See [`Command::Approve`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn approve(&self, scope: &Scope, id: &TaskId, actor: Actor, comments: &str) -> Result<Task> {
        self.apply(scope, id, Command::Approve { actor, comments: comments.to_owned() }).await
    }

    /// Finishes a task. See [`Command::Accept`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn accept(
        &self,
        scope: &Scope,
        id: &TaskId,
        actor: Actor,
        landed: Option<CommitId>,
    ) -> Result<Task> {
        self.apply(scope, id, Command::Accept { actor, landed }).await
    }

    /// Sends work back for a reviewer's or a person's reasons. See [`Command::Reject`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn reject(&self, scope: &Scope, id: &TaskId, actor: Actor, reason: &str) -> Result<Task> {
        self.apply(scope, id, Command::Reject { actor, reason: reason.to_owned(), cause: Cause::Review })
            .await
    }

    /// Returns a task to the queue and charges the attempt. See [`Command::Requeue`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn requeue(&self, scope: &Scope, id: &TaskId, actor: Actor, reason: &str) -> Result<Task> {
        self.apply(scope, id, Command::Requeue { actor, reason: reason.to_owned() }).await
    }

    /// Gives up a claim. See [`Command::Release`].
    ///
    /// # Errors
    /// As [`TaskStore::apply`](super::TaskStore::apply).
    async fn release(&self, scope: &Scope, id: &TaskId, token: &ClaimToken, reason: &str) -> Result<Task> {
        self.apply(scope, id, Command::Release { token: token.clone(), reason: reason.to_owned() }).await
    }

    /// Returns every task that matches a query, over all pages, oldest first.
    ///
    /// # Errors
    /// As [`TaskStore::list_tasks`](super::TaskStore::list_tasks).
    async fn all_tasks(&self, query: &TaskQuery) -> Result<Vec<Task>> {
        let mut query = query.clone();
        query.order = TaskOrder::Oldest;
        query.offset = 0;
        query.limit = TaskQuery::MAX_LIMIT;
        let mut all = Vec::new();
        loop {
            let page = self.list_tasks(&query).await?.items;
            let Some(last) = page.last() else { return Ok(all) };
            query.after = Some(last.seq);
            all.extend(page);
        }
    }

    /// Returns the whole history of a task.
    ///
    /// # Errors
    /// As [`EventLog::events`](super::EventLog::events).
    async fn history(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Event>> {
        let mut query = EventQuery::after(scope.clone(), 0).of_task(task.clone());
        let mut all = Vec::new();
        loop {
            let page = self.events(&query).await?;
            let Some(last) = page.last() else { return Ok(all) };
            query.after = last.seq;
            all.extend(page);
        }
    }
}

impl<T: Store + ?Sized> StoreExt for T {}
