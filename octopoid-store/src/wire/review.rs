//! Review comments and reviews. The comments themselves are the model's.

use octopoid_core::model::{
    CommitId, NewReviewComment, ReviewComment, ReviewCommentPatch, ReviewVerdict, Severity,
};
use octopoid_core::store::NewReview;
use octopoid_core::transition::Actor;
use serde::{Deserialize, Serialize};

/// The review comments of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct ReviewComments {
    /// The comments, oldest first.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) comments: Vec<ReviewComment>,
}

/// Adds review comments.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct AddReviewComments {
    /// The comments. Required.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) comments: Vec<NewReviewComment>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// Changes a draft of a review comment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct ReviewCommentUpdate {
    /// Text.
    pub(crate) body: Option<String>,
    /// Weight: `must`, `should` or `nit`.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) severity: Option<Severity>,
    /// Text to put in place of the lines.
    pub(crate) replacement: Option<String>,
    /// Takes the replacement back.
    pub(crate) no_replacement: bool,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl ReviewCommentUpdate {
    pub(crate) fn of(scope: &str, patch: ReviewCommentPatch) -> Self {
        Self {
            body: patch.body,
            severity: patch.severity,
            replacement: patch.replacement,
            no_replacement: patch.no_replacement,
            scope: Some(scope.to_owned()),
        }
    }

    #[cfg(feature = "api")]
    pub(crate) fn patch(self) -> ReviewCommentPatch {
        let mut patch = ReviewCommentPatch::default();
        (patch.body, patch.severity) = (self.body, self.severity);
        (patch.replacement, patch.no_replacement) = (self.replacement, self.no_replacement);
        patch
    }
}

/// Marks review comments as resolved, or as open again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct ResolveReviewComments {
    /// Numbers of the comments. Required.
    pub(crate) ids: Vec<u64>,
    /// Whether they are resolved from now on. Default: true.
    pub(crate) resolved: Option<bool>,
    /// Who says so. Required.
    pub(crate) by: Option<String>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

/// Sends a review: the person's drafts, and a verdict.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
#[serde(default)]
pub(crate) struct SendReview {
    /// Name of the person. Required, unless `person` is there.
    pub(crate) reviewed_by: Option<String>,
    /// The person, in the model's form.
    #[cfg_attr(feature = "api", schema(value_type = Option<Object>))]
    pub(crate) person: Option<Actor>,
    /// `approve`, `request_changes` or `comment`. Required.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) verdict: Option<ReviewVerdict>,
    /// Words about the work as a whole.
    pub(crate) summary: String,
    /// Comments that were not drafts before.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) comments: Vec<NewReviewComment>,
    /// Newest commit of the work that the person has read. A verdict on work that has changed since is refused.
    #[cfg_attr(feature = "api", schema(value_type = Option<String>))]
    pub(crate) head: Option<CommitId>,
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl SendReview {
    pub(crate) fn of(scope: &str, review: NewReview) -> Self {
        Self {
            reviewed_by: None,
            person: Some(review.person),
            verdict: Some(review.verdict),
            summary: review.summary,
            comments: review.comments,
            head: review.head,
            scope: Some(scope.to_owned()),
        }
    }
}
