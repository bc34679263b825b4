//! Review comments, and the reviews that send them.

use super::{next, page, task, task_id};
use crate::access::{Submitted, Visit};
use crate::failure::{Answer, Failure};
use crate::form::Fields;
use crate::pages::review::{At, commit, form as comment_form};
use axum::extract::Path;
use axum::http::StatusCode;
use octopoid_core::model::{
    Anchor, Change, CommentAuthor, CommitId, FileDiff, LineRange, NewReviewComment, ReviewComment,
    ReviewCommentPatch, ReviewVerdict, Run, Severity, Side, TaskId,
};
use octopoid_core::ops::review::anchor_in;
use octopoid_core::store::{NewReview, RunQuery};

fn invalid(words: impl Into<String>) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, words)
}

/// The form for a comment, alone, for pages that put it below a line.
pub(super) async fn form(visit: Visit, Path(id): Path<String>) -> Answer<super::Page> {
    let (_, view) = task::read(&visit, &id).await?;
    let at = At::of(&visit.fields).ok_or_else(|| invalid("the lines are missing"))?;
    Ok(page(comment_form(&visit, &view, &at)))
}

/// Adds a comment on lines, or a reply.
pub(super) async fn add(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let body = form.lines("body");
    let mut comment = NewReviewComment::new(CommentAuthor::person(visit.viewer.author()), body.clone());
    if let Some(parent) = form.text("parent").and_then(|parent| parent.parse().ok()) {
        comment = comment.in_reply_to(parent);
    } else {
        let place = place(&form).map_err(|failure| failure.keeping(&body))?;
        comment = comment.at(anchor(&visit, &id, place).await.map_err(|failure| failure.keeping(&body))?);
        let named = form.text("severity");
        let severity = Severity::ALL.into_iter().find(|severity| Some(severity.as_str()) == named);
        comment = comment.with_severity(severity.unwrap_or_default());
        // What was written there is a proposal; the lines themselves are what the box begins with.
        let written = form.exact_lines("replacement");
        let lines = comment.anchor.as_ref().map_or("", |anchor| anchor.text.as_str());
        if form.get("replace").is_some() || !written.trim().is_empty() && written != lines {
            comment = comment.with_replacement(written);
        }
        if form.text("draft") == Some("1") {
            comment = comment.as_draft();
        }
    }
    let added = visit.shared.store.add_review_comments(visit.scope(), &id, vec![comment]).await;
    let added = added.map_err(|error| Failure::from(error).keeping(&body))?;
    let place = added.first().map_or(0, |comment| comment.parent.unwrap_or(comment.id));
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes#comment-{place}")))
}

/// A path on a side of the work, with lines unless it is the file as such, and the work that was read.
struct Place {
    path: String,
    side: Side,
    lines: Option<LineRange>,
    work: Option<(CommitId, CommitId)>,
}

/// Reads the place that a form names.
fn place(form: &Fields) -> Answer<Place> {
    let missing = || invalid("the lines are missing");
    if form.text("whole") == Some("1") {
        let side = if form.text("side") == Some("old") { Side::Old } else { Side::New };
        let work = commit(form, "base").zip(commit(form, "head"));
        return Ok(Place { path: form.get("path").ok_or_else(missing)?.to_owned(), side, lines: None, work });
    }
    let At { path, side, first, last, work } = At::of(form).ok_or_else(missing)?;
    let lines = LineRange::new(first, last).ok_or_else(|| invalid("the first line comes after the last"))?;
    Ok(Place { path, side, lines: Some(lines), work })
}

/// Finds a place in the work that was read: its commits where they are here, else the diff that was kept of it.
async fn anchor(visit: &Visit, id: &TaskId, at: Place) -> Answer<Anchor> {
    let task = visit.shared.store.task(visit.scope(), id).await?;
    let newest = task.submission.as_ref().and_then(|work| work.base.clone().zip(work.head.clone()));
    let work = at.work.clone().or(newest.clone()).ok_or_else(|| invalid("no work has been submitted yet"))?;
    let runs =
        visit.shared.store.list_runs(&RunQuery::new(visit.scope().clone()).of_task(id.clone())).await?;
    let of_run = |run: &&Run| run.head.as_ref() == Some(&work.1);
    if newest.as_ref() != Some(&work) && !runs.iter().any(|run| of_run(&run)) {
        return Err(invalid("this is no work of the task; load the page again"));
    }
    let words = match at.lines {
        Some(lines) => format!("{} has no lines {lines} in this work; load the page again", at.path),
        None => format!("there is no file {} in this work; load the page again", at.path),
    };
    let is_here = visit.shared.repository.clone().filter(|repository| repository.has_commit(&work.1));
    let found = match is_here {
        Some(repository) => {
            let finding = tokio::task::spawn_blocking(move || {
                let work = (&work.0, &work.1);
                match at.lines {
                    Some(lines) => repository.review_anchor(work, &at.path, at.side, lines),
                    None => repository.review_file_anchor(work, &at.path, at.side),
                }
            });
            let unreadable = |error: String| invalid(format!("the lines cannot be read: {error}"));
            let found = finding.await.map_err(|error| unreadable(error.to_string()))?;
            found.map_err(|error| unreadable(error.to_string()))?
        }
        None => {
            let run = runs.iter().find(of_run).map(|run| run.id.clone());
            let diff = super::changes::kept(visit, id, run).await;
            let diff =
                diff.ok_or_else(|| invalid("neither the commits nor the diff of this work are here"))?;
            let is_its = |file: &&FileDiff| file.path == at.path || file.old_path.as_ref() == Some(&at.path);
            diff.files.iter().find(is_its).and_then(|file| match at.lines {
                Some(lines) => anchor_in(file, at.side, lines, work),
                None => is_on(file, at.side).then(|| Anchor::of_whole_file(&at.path, at.side, work)),
            })
        }
    };
    found.ok_or_else(|| invalid(words))
}

/// Returns whether a side of the work has the file.
fn is_on(file: &FileDiff, side: Side) -> bool {
    match side {
        Side::Old => file.change != Change::Added,
        Side::New => file.change != Change::Deleted,
    }
}

fn number(text: &str) -> Answer<u64> {
    text.parse().map_err(|_| Failure::not_found(format_args!("comment {text:?}")))
}

/// Resolves a comment, or opens it again.
pub(super) async fn resolve(
    Path((id, comment)): Path<(String, String)>,
    submitted: Submitted,
) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let (id, comment) = (task_id(&id)?, number(&comment)?);
    let resolved = form.text("resolved") == Some("1");
    let by = visit.viewer.author();
    visit.shared.store.resolve_review_comments(visit.scope(), &id, vec![comment], resolved, &by).await?;
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes#comment-{comment}")))
}

/// Reads a comment of the viewer.
async fn own(visit: &Visit, id: &TaskId, comment: u64) -> Answer<ReviewComment> {
    let comments = visit.shared.store.review_comments(visit.scope(), id).await?;
    let found = comments.into_iter().find(|one| one.id == comment);
    let found = found.ok_or_else(|| Failure::not_found(format_args!("comment {comment}")))?;
    if found.author == CommentAuthor::person(visit.viewer.author()) {
        return Ok(found);
    }
    Err(Failure::new(StatusCode::FORBIDDEN, "the comment is somebody else's"))
}

/// Changes a draft.
pub(super) async fn edit(
    Path((id, comment)): Path<(String, String)>,
    submitted: Submitted,
) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let (id, comment) = (task_id(&id)?, number(&comment)?);
    let body = form.lines("body");
    let before = own(&visit, &id, comment).await?;
    let mut patch = ReviewCommentPatch::default();
    patch.body = Some(body.clone());
    let named = form.text("severity");
    patch.severity = Severity::ALL.into_iter().find(|severity| Some(severity.as_str()) == named);
    let written = form.lines("replacement");
    // The box of a proposal to remove the lines is empty too.
    let stays = written == before.replacement.unwrap_or_default();
    if form.get("replacement").is_some() && !stays {
        (patch.no_replacement, patch.replacement) =
            (written.is_empty(), Some(written).filter(|text| !text.is_empty()));
    }
    let edited = visit.shared.store.edit_review_comment(visit.scope(), &id, comment, patch).await;
    edited.map_err(|error| Failure::from(error).keeping(&body))?;
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes#comment-{comment}")))
}

/// Deletes a draft.
pub(super) async fn delete(
    Path((id, comment)): Path<(String, String)>,
    submitted: Submitted,
) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let (id, comment) = (task_id(&id)?, number(&comment)?);
    own(&visit, &id, comment).await?;
    visit.shared.store.delete_review_comment(visit.scope(), &id, comment).await?;
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes")))
}

/// Sends a review: all drafts of the viewer at once, with a verdict.
pub(super) async fn send(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let summary = form.lines("summary");
    let named = form.text("verdict");
    let verdict = ReviewVerdict::ALL.into_iter().find(|verdict| Some(verdict.as_str()) == named);
    let verdict = verdict.ok_or_else(|| invalid("the verdict is missing").keeping(&summary))?;
    let review = NewReview::new(visit.viewer.actor(), verdict).with_summary(summary.clone());
    let review = review.with_head(commit(&form, "head"));
    let sent = visit.shared.store.send_review(visit.scope(), &id, review).await;
    sent.map_err(|error| Failure::from(error).keeping(&summary))?;
    let words = match verdict {
        ReviewVerdict::Approve => "approved",
        ReviewVerdict::RequestChanges => "sent back with your review",
        ReviewVerdict::Comment => "your comments are sent",
    };
    visit.say(format!("{id}: {words}."));
    Ok(next(&visit.shared, form.get("next"), &format!("/tasks/{id}/changes")))
}
