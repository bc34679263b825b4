//! Review comments.

use super::HttpStore;
use super::call::Call;
use super::store::read;
use crate::wire::{
    AddReviewComments, ResolveReviewComments, ReviewCommentUpdate, ReviewComments, SendReview, TaskBody,
};
use async_trait::async_trait;
use octopoid_core::model::{NewReviewComment, ReviewComment, ReviewCommentPatch, Scope, Task, TaskId};
use octopoid_core::store::{NewReview, Result, ReviewStore};
use reqwest::Method;

#[async_trait]
impl ReviewStore for HttpStore {
    async fn add_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        comments: Vec<NewReviewComment>,
    ) -> Result<Vec<ReviewComment>> {
        if comments.is_empty() {
            return Ok(Vec::new());
        }
        let body = AddReviewComments { comments, scope: Some(scope.to_string()) };
        let added: ReviewComments = self.post(format!("tasks/{task}/review-comments"), &body).await?;
        Ok(added.comments)
    }

    async fn review_comments(&self, scope: &Scope, task: &TaskId) -> Result<Vec<ReviewComment>> {
        let call = Call::get(format!("tasks/{task}/review-comments")).with("scope", scope);
        let found: ReviewComments = self.get(call).await?;
        Ok(found.comments)
    }

    async fn edit_review_comment(
        &self,
        scope: &Scope,
        task: &TaskId,
        id: u64,
        patch: ReviewCommentPatch,
    ) -> Result<ReviewComment> {
        let body = ReviewCommentUpdate::of(scope.as_str(), patch);
        Ok(self.put(Method::PATCH, format!("tasks/{task}/review-comments/{id}"), &body).await?.body)
    }

    async fn delete_review_comment(&self, scope: &Scope, task: &TaskId, id: u64) -> Result<()> {
        self.delete(format!("tasks/{task}/review-comments/{id}"), scope).await
    }

    async fn resolve_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        ids: Vec<u64>,
        resolved: bool,
        by: &str,
    ) -> Result<Vec<ReviewComment>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let body = ResolveReviewComments {
            ids,
            resolved: Some(resolved),
            by: Some(by.to_owned()),
            scope: Some(scope.to_string()),
        };
        let changed: ReviewComments =
            self.post(format!("tasks/{task}/review-comments/resolve"), &body).await?;
        Ok(changed.comments)
    }

    async fn send_review(&self, scope: &Scope, task: &TaskId, review: NewReview) -> Result<Task> {
        let body = SendReview::of(scope.as_str(), review);
        let sent: TaskBody = self.post(format!("tasks/{task}/review"), &body).await?;
        read(sent)
    }
}
