//! Review comments, and the reviews that send them.

use super::tasks::task_id;
use super::{Answer, Gone, actor, person, required};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{
    AddReviewComments, ProblemBody, ResolveReviewComments, ReviewCommentUpdate, ReviewComments, SendReview,
    TaskBody,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use octopoid_core::model::ReviewComment;
use octopoid_core::store::NewReview;
use octopoid_core::transition::Actor;

/// Lists the review comments of a task, drafts included, oldest first.
#[utoipa::path(get, path = "/tasks/{id}/review-comments", tag = "reviews", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = ReviewComments), (status = 404, body = ProblemBody)))]
pub(crate) async fn list_review_comments(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<ReviewComments> {
    let scope = caller.scope(params.scope.as_deref())?;
    let found = app.store.review_comments(&scope, &task_id(&id)?).await;
    let comments = found.map_err(|error| Problem::of_verb("read", &id, &error))?;
    Ok(Json(ReviewComments { comments }))
}

/// Adds review comments to a task, all or none. A comment whose `key` is there already is answered as it is.
#[utoipa::path(post, path = "/tasks/{id}/review-comments", tag = "reviews", params(("id" = String, Path), ScopeParams),
    request_body = AddReviewComments,
    responses((status = 201, body = ReviewComments), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn add_review_comments(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<AddReviewComments>,
) -> Result<(StatusCode, Json<ReviewComments>), Problem> {
    let scope = caller.scope(body.scope.as_deref())?;
    if body.comments.is_empty() {
        return Err(Problem::missing(&["comments"]));
    }
    let added = store.add_review_comments(&scope, &task_id(&id)?, body.comments).await;
    let comments = added.map_err(|error| Problem::of_verb("comment", &id, &error))?;
    Ok((StatusCode::CREATED, Json(ReviewComments { comments })))
}

/// Reads the number of a comment in a path.
fn number(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| Problem::not_found("Review comment not found"))
}

/// Changes a draft of a review comment.
#[utoipa::path(patch, path = "/tasks/{id}/review-comments/{number}", tag = "reviews",
    params(("id" = String, Path), ("number" = u64, Path), ScopeParams), request_body = ReviewCommentUpdate,
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn patch_review_comment(
    Path((id, comment)): Path<(String, String)>,
    Write { body, caller, store, .. }: Write<ReviewCommentUpdate>,
) -> Answer<ReviewComment> {
    let scope = caller.scope(body.scope.as_deref())?;
    let comment = number(&comment)?;
    let changed = store.edit_review_comment(&scope, &task_id(&id)?, comment, body.patch()).await;
    Ok(Json(changed?))
}

/// Deletes a draft of a review comment.
#[utoipa::path(delete, path = "/tasks/{id}/review-comments/{number}", tag = "reviews",
    params(("id" = String, Path), ("number" = u64, Path), ScopeParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn delete_review_comment(
    Path((id, comment)): Path<(String, String)>,
    Write { caller, store, .. }: Write<Empty>,
) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let comment = number(&comment)?;
    store.delete_review_comment(&scope, &task_id(&id)?, comment).await?;
    Ok(Json(Gone::new("Review comment deleted")))
}

/// Marks review comments as resolved, or as open again.
#[utoipa::path(post, path = "/tasks/{id}/review-comments/resolve", tag = "reviews",
    params(("id" = String, Path), ScopeParams), request_body = ResolveReviewComments,
    responses((status = 200, body = ReviewComments), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn resolve_review_comments(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<ResolveReviewComments>,
) -> Answer<ReviewComments> {
    let scope = caller.scope(body.scope.as_deref())?;
    if body.ids.is_empty() {
        return Err(Problem::missing(&["ids"]));
    }
    let by = actor(required(body.by, "by")?, "by")?;
    let resolved = body.resolved.unwrap_or(true);
    let comments = store.resolve_review_comments(&scope, &task_id(&id)?, body.ids, resolved, &by).await?;
    Ok(Json(ReviewComments { comments }))
}

/// Sends a review: the person's drafts count from then on, and the verdict is carried out with them.
#[utoipa::path(post, path = "/tasks/{id}/review", tag = "reviews", params(("id" = String, Path), ScopeParams),
    request_body = SendReview,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn send_review(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<SendReview>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let Some(verdict) = body.verdict else { return Err(Problem::missing(&["verdict"])) };
    let by = match (body.person, body.reviewed_by) {
        (Some(person), _) => person,
        (None, name) => Actor::Bystander(person(&actor(required(name, "reviewed_by")?, "reviewed_by")?)),
    };
    let review = NewReview::new(by, verdict).with_summary(body.summary).with_comments(body.comments);
    let review = review.with_head(body.head);
    let sent = store.send_review(&scope, &task_id(&id)?, review).await;
    let task = sent.map_err(|error| Problem::of_verb("review", &id, &error))?;
    Ok(Json(viewer.task(task, None)))
}
