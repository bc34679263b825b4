//! Store trait for review comments, and the review that sends them.

use super::Result;
use crate::model::{
    CommitId, NewReviewComment, ReviewComment, ReviewCommentPatch, ReviewVerdict, Scope, Task, TaskId,
};
use crate::transition::Actor;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Review that a person sends: all drafts of that person at once, with a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewReview {
    /// The person.
    pub person: Actor,
    /// Verdict.
    pub verdict: ReviewVerdict,
    /// Words about the work as a whole; may be empty.
    #[serde(default)]
    pub summary: String,
    /// Comments that were not drafts before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<NewReviewComment>,
    /// Newest commit of the work that the person has read; `None` decides on the newest work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<CommitId>,
}

impl NewReview {
    /// Returns a review of a person without words of its own.
    pub fn new(person: Actor, verdict: ReviewVerdict) -> Self {
        Self { person, verdict, summary: String::new(), comments: Vec::new(), head: None }
    }

    /// Sets the words about the work as a whole.
    #[must_use]
    pub fn with_summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Sets the newest commit of the work that the person has read: the verdict is on that work, and on no other.
    #[must_use]
    pub fn with_head(mut self, head: Option<CommitId>) -> Self {
        self.head = head;
        self
    }

    /// Sets the comments that were not drafts before.
    #[must_use]
    pub fn with_comments(mut self, comments: Vec<NewReviewComment>) -> Self {
        self.comments = comments;
        self
    }
}

/// Store of the tasks' review comments (I40).
#[async_trait]
pub trait ReviewStore: Send + Sync + Debug {
    /// Adds comments to a task's review, all or none, and the event `review_commented`. Returns them in the order given.
    ///
    /// # Behavior
    /// - A comment whose `key` the task already has is returned as it is there, and not added again.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a field, for a parent that is not a comment of the task or is a reply, and where the review of
    /// the task becomes too large.
    async fn add_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        comments: Vec<NewReviewComment>,
    ) -> Result<Vec<ReviewComment>>;

    /// Returns the review comments of a task, drafts included, oldest first.
    ///
    /// # Errors
    /// `NotFound`.
    async fn review_comments(&self, scope: &Scope, task: &TaskId) -> Result<Vec<ReviewComment>>;

    /// Changes a draft. What was sent stays as it was.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a comment that was sent; `Invalid` for a field.
    async fn edit_review_comment(
        &self,
        scope: &Scope,
        task: &TaskId,
        id: u64,
        patch: ReviewCommentPatch,
    ) -> Result<ReviewComment>;

    /// Deletes a draft. What was sent stays.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a comment that was sent.
    async fn delete_review_comment(&self, scope: &Scope, task: &TaskId, id: u64) -> Result<()>;

    /// Marks sent comments as resolved by `by`, or as open again; those that are so already stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a draft and `Invalid` for a reply, neither of which can be resolved.
    async fn resolve_review_comments(
        &self,
        scope: &Scope,
        task: &TaskId,
        ids: Vec<u64>,
        resolved: bool,
        by: &str,
    ) -> Result<Vec<ReviewComment>>;

    /// Sends a review: the person's drafts and the review's own comments count from then on, and the verdict is carried out, all
    /// in one transaction (I40).
    ///
    /// # Behavior
    /// - `approve` and `request_changes` go through [`transition`](crate::transition::transition) as the commands `Approve` and
    ///   `Reject`.
    /// - Changes that are requested without a summary say how many comments there are.
    ///
    /// # Errors
    /// As [`add_review_comments`](ReviewStore::add_review_comments) and [`TaskStore::apply`](super::TaskStore::apply);
    /// `Conflict` for a verdict on work that has changed since the person read it; `Invalid` for `summary` where neither it nor a comment says anything and the verdict is not `approve`, and for a `person`
    /// who is none.
    async fn send_review(&self, scope: &Scope, task: &TaskId, review: NewReview) -> Result<Task>;
}
