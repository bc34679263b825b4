//! A reviewing role's findings, as review comments (I40).

use crate::git::{GitError, Repository};
use crate::model::{
    CommentAuthor, CommitId, Finding, LineRange, NewReviewComment, ReviewComment, RoleName, RunId,
};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::reads::review_comments;
use crate::orchestrator::run::retry::retry;
use crate::orchestrator::shared::blocking;

/// Writes the findings of a review as comments on the task, each once, however often the run is taken up again.
///
/// A new verdict of a role is about the work as it is now: what the role had found before and did not find again is resolved.
pub(in crate::orchestrator::run) async fn comment(
    context: &RunContext,
    entry: &Entry,
    findings: &[Finding],
) -> Result<(), RunAbort> {
    // A landing has no role, and finds nothing.
    let Some(role) = context.role.clone() else { return Ok(()) };
    let author = CommentAuthor::Role { role: role.clone() };
    let (repository, run) = (context.shared.repository.clone(), context.id.clone());
    let (work, found) = (entry.base.clone().zip(entry.start.clone()), findings.to_vec());
    let comments = blocking(move || as_comments(&repository, (&run, &author), work.as_ref(), &found)).await?;
    let (store, scope, task) = (&context.shared.store, &context.task.scope, &context.task.id);
    let earlier = review_comments(context).await?;
    let superseded = superseded(&earlier, &role, &comments);
    let written = retry(context, || async {
        store.add_review_comments(scope, task, comments.clone()).await?;
        store.resolve_review_comments(scope, task, superseded.clone(), true, role.as_str()).await
    });
    match written.await {
        Ok(_) => Ok(()),
        Err(error) if error.is_undecided() => Err(error.into()),
        // The verdict counts, whatever becomes of its places.
        Err(error) => {
            context.shared.warn(format!("the review comments of {} were not taken: {error}", context.id));
            Ok(())
        }
    }
}

/// Returns the ids of the role's open comments that are not among the new ones.
fn superseded(earlier: &[ReviewComment], role: &RoleName, new: &[NewReviewComment]) -> Vec<u64> {
    let is_theirs = |author: &CommentAuthor| matches!(author, CommentAuthor::Role { role: of } if of == role);
    earlier
        .iter()
        .filter(|comment| comment.is_open() && comment.parent.is_none() && is_theirs(&comment.author))
        .filter(|comment| !new.iter().any(|new| new.key.is_some() && new.key == comment.key))
        .map(|comment| comment.id)
        .collect()
}

/// Returns findings as comments at their places; one whose place is not in the work names it in its text.
fn as_comments(
    repository: &Repository,
    (run, author): (&RunId, &CommentAuthor),
    work: Option<&(CommitId, CommitId)>,
    findings: &[Finding],
) -> Result<Vec<NewReviewComment>, GitError> {
    let mut comments = Vec::with_capacity(findings.len());
    for (index, finding) in findings.iter().enumerate() {
        let lines = finding.line.and_then(|line| LineRange::new(line, finding.end_line.unwrap_or(line)));
        let anchor = match (work, &finding.path, lines) {
            (Some((base, head)), Some(path), Some(lines)) => {
                repository.review_anchor((base, head), path, finding.side, lines)?
            }
            _ => None,
        };
        let body = match (&anchor, &finding.path, finding.line) {
            (Some(_), ..) | (None, None, _) => finding.body.clone(),
            (None, Some(path), Some(line)) => format!("{path}:{line}: {}", finding.body),
            (None, Some(path), None) => format!("{path}: {}", finding.body),
        };
        let mut comment = NewReviewComment::new(author.clone(), body)
            .with_severity(finding.severity)
            .with_key(format!("run:{run}:{index}"));
        comment.replacement = finding.replacement.clone().filter(|_| anchor.is_some());
        comment.anchor = anchor;
        comments.push(comment);
    }
    Ok(comments)
}
