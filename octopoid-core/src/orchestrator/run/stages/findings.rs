//! Findings of reviewing roles and comments of a forge's users, as review comments (I40).

use crate::git::{GitError, Repository};
use crate::model::{
    Anchor, CommentAuthor, CommitId, Finding, LineRange, NewReviewComment, ReviewComment, RoleName, Side,
};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::forge::ForgeComment;
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
    let comments = blocking(move || {
        let comment = |(index, finding): (usize, &Finding)| {
            let comment = as_comment(&repository, author.clone(), work.as_ref(), finding)?;
            Ok::<_, GitError>(comment.with_key(format!("run:{run}:{index}")))
        };
        found.iter().enumerate().map(comment).collect::<Result<Vec<_>, _>>()
    });
    let comments = comments.await?;
    let superseded = superseded(&review_comments(context).await?, &role, &comments);
    write(context, comments, superseded, role.as_str()).await
}

/// Writes the comments of a forge's users on places of the submitted work, each once.
pub(in crate::orchestrator::run) async fn comment_from_forge(
    context: &RunContext,
    said: &[ForgeComment],
) -> Result<(), RunAbort> {
    let submission = context.task.submission.as_ref();
    let work = submission.and_then(|submission| submission.base.clone().zip(submission.head.clone()));
    let (repository, said) = (context.shared.repository.clone(), said.to_vec());
    let forge = context.shared.forge.name().to_owned();
    let comments = blocking(move || {
        let comment = |said: &ForgeComment| {
            let author = CommentAuthor::Forge { forge: forge.clone(), user: said.user.clone() };
            let head = said.commit.clone().filter(|commit| repository.has_commit(commit));
            let work = work.clone().map(|(base, submitted)| (base, head.unwrap_or(submitted)));
            let mut comment = as_comment(&repository, author, work.as_ref(), &said.finding)?;
            (comment.key, comment.url) = (Some(format!("{forge}:{}", said.url)), Some(said.url.clone()));
            Ok::<_, GitError>(comment)
        };
        said.iter().map(comment).collect::<Result<Vec<_>, _>>()
    });
    write(context, comments.await?, Vec::new(), "").await
}

/// Writes comments, and resolves those that they replace.
async fn write(
    context: &RunContext,
    comments: Vec<NewReviewComment>,
    superseded: Vec<u64>,
    by: &str,
) -> Result<(), RunAbort> {
    let (store, scope, task) = (&context.shared.store, &context.task.scope, &context.task.id);
    let written = retry(context, || async {
        if !comments.is_empty() {
            store.add_review_comments(scope, task, comments.clone()).await?;
        }
        if !superseded.is_empty() {
            store.resolve_review_comments(scope, task, superseded.clone(), true, by).await?;
        }
        Ok(())
    });
    match written.await {
        Ok(()) => Ok(()),
        Err(error) if error.is_undecided() => Err(error.into()),
        // The verdict counts without its comments.
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

/// Returns a finding as a comment at its place; one whose place is not in the work names it in its text.
fn as_comment(
    repository: &Repository,
    author: CommentAuthor,
    work: Option<&(CommitId, CommitId)>,
    finding: &Finding,
) -> Result<NewReviewComment, GitError> {
    let lines = finding.line.and_then(|line| LineRange::new(line, finding.end_line.unwrap_or(line)));
    let anchor = match (work, &finding.path, lines) {
        (Some((base, head)), Some(path), Some(lines)) => {
            repository.review_anchor((base, head), path, finding.side, lines)?
        }
        (Some((base, head)), Some(path), None) if finding.line.is_none() => {
            repository.review_file_anchor((base, head), path, finding.side)?
        }
        _ => None,
    };
    let body = match (&anchor, &finding.path, finding.line) {
        (Some(_), ..) | (None, None, _) => finding.body.clone(),
        (None, Some(path), Some(line)) => format!("{path}:{line}: {}", finding.body),
        (None, Some(path), None) => format!("{path}: {}", finding.body),
    };
    let mut comment = NewReviewComment::new(author, body).with_severity(finding.severity);
    comment.replacement =
        finding.replacement.clone().filter(|_| has_lines(&anchor) && finding.side == Side::New);
    comment.anchor = anchor;
    Ok(comment)
}

fn has_lines(anchor: &Option<Anchor>) -> bool {
    anchor.as_ref().is_some_and(|anchor| anchor.lines.is_some())
}
