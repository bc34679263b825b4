//! Review comments.

use super::BackendStore;
use crate::backend::{Access, Backend, engine};
use async_trait::async_trait;
use octopoid_core::model::{NewReviewComment, ReviewComment, ReviewCommentPatch, Scope, Task, TaskId};
use octopoid_core::store::{NewReview, Result, ReviewStore};

#[async_trait]
impl<B: Backend> ReviewStore for BackendStore<B> {
    async fn add_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        comments: Vec<NewReviewComment>,
    ) -> Result<Vec<ReviewComment>> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task) = (scope.clone(), task.clone());
        self.write(access, move |transaction, context| {
            engine::add_review_comments(transaction, &scope, &task, &comments, context)
        })
        .await
    }

    async fn review_comments(&self, scope: &Scope, task: &TaskId) -> Result<Vec<ReviewComment>> {
        let (scope, task) = (scope.clone(), task.clone());
        self.read(move |reader| engine::review_comments(reader, &scope, &task)).await
    }

    async fn edit_review_comment(
        &self,
        scope: &Scope,
        task: &TaskId,
        id: u64,
        patch: ReviewCommentPatch,
    ) -> Result<ReviewComment> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task) = (scope.clone(), task.clone());
        self.write(access, move |transaction, context| {
            engine::edit_review_comment(transaction, &scope, &task, id, &patch, context)
        })
        .await
    }

    async fn delete_review_comment(&self, scope: &Scope, task: &TaskId, id: u64) -> Result<()> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task) = (scope.clone(), task.clone());
        self.write(access, move |transaction, context| {
            engine::delete_review_comment(transaction, &scope, &task, id, context)
        })
        .await
    }

    async fn resolve_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        ids: Vec<u64>,
        resolved: bool,
        by: &str,
    ) -> Result<Vec<ReviewComment>> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task, by) = (scope.clone(), task.clone(), by.to_owned());
        self.write(access, move |transaction, context| {
            engine::resolve_review_comments(transaction, &scope, &task, (&ids, resolved), &by, context)
        })
        .await
    }

    async fn send_review(&self, scope: &Scope, task: &TaskId, review: NewReview) -> Result<Task> {
        let access = Access::to_scope(scope).with_task(task);
        let (scope, task) = (scope.clone(), task.clone());
        self.write(access, move |transaction, context| {
            engine::send_review(transaction, &scope, &task, &review, context)
        })
        .await
    }
}
