//! The steps `create_pr`, `wait_for_checks` and `comment_review`: work on a forge that shows it to people first.

use super::{Next, StepOutcome};
use crate::git::Advance;
use crate::model::{
    CommentAuthor, CommentState, CommitId, MessageKind, PlacedComment, ReviewComment, StepStatus, Task,
    TaskPatch, Timestamp,
};
use crate::ops;
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::forge::{PullRequest, PullRequestBody, PullRequestState};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Note;
use crate::orchestrator::run::reads::{review_comments, spent, thread};
use crate::orchestrator::run::submission::submission;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;
use crate::transition::{Actor, Command, Purpose};
use serde_json::{Map, json};

/// The step's name.
const CREATE: &str = "create_pr";
/// The step's name.
const WAIT: &str = "wait_for_checks";
/// The step's name.
const COMMENT: &str = "comment_review";

/// Returns the work as people are shown it; `None` where the forge has no pull requests.
pub(in crate::orchestrator::run) async fn pull_request_body(
    context: &RunContext,
    entry: &Entry,
) -> Result<Option<PullRequestBody>, RunAbort> {
    if !context.shared.forge.takes_proposals() {
        return Ok(None);
    }
    let mut task = context.task.clone();
    if context.claim.purpose == Purpose::Work {
        // It is not submitted yet, and looks as it will then.
        task.submission = Some(Box::new(submission(context, entry)));
    }
    let submitted = task.submission.as_ref();
    let (Some(submitted), Some(branch)) = (
        submitted.and_then(|submission| submission.head.clone()),
        submitted.and_then(|submission| submission.branch.clone()),
    ) else {
        return Ok(None);
    };
    let told = thread(context).await?;
    Ok(Some(PullRequestBody {
        repository: context.shared.repository.clone(),
        remote: context.shared.settings.remote.clone(),
        base_branch: context.base_branch.clone(),
        branch,
        submitted,
        task,
        cost_usd: spent(context).await?.cost_usd,
        told: told.into_iter().map(|message| message.body).collect(),
    }))
}

/// Shows the work to people.
pub(super) async fn create_pr(
    context: &RunContext,
    entry: &Entry,
    work: &Work,
) -> Result<StepOutcome, RunAbort> {
    let Some(body) = pull_request_body(context, entry).await? else {
        return Ok(no_pull_requests(context, CREATE));
    };
    if work.shown.as_ref() == Some(&work.head) {
        return Ok(StepOutcome::skipped(CREATE, format!("it shows {}", work.head.short())));
    }
    let mut outcome = StepOutcome::nothing();
    if let Some(note) = show(context, &body, &work.head).await? {
        outcome.notes.push(note);
        outcome.work = Some(Work { shown: Some(work.head.clone()), ..work.clone() });
    }
    Ok(outcome)
}

/// Asks whether people and checks let the work land.
pub(super) async fn wait_for_checks(
    context: &RunContext,
    entry: &Entry,
    work: &Work,
) -> Result<StepOutcome, RunAbort> {
    let Some(body) = pull_request_body(context, entry).await? else {
        return Ok(no_pull_requests(context, WAIT));
    };
    let mut outcome = StepOutcome::nothing();
    if work.shown.as_ref() != Some(&work.head)
        && let Some(note) = show(context, &body, &work.head).await?
    {
        outcome.notes.push(note);
        outcome.work = Some(Work { shown: Some(work.head.clone()), ..work.clone() });
    }
    match context.shared.forge.pull_request_state(&body).await? {
        PullRequestState::Ready { head } => {
            let words = format!("nothing stands in the way of {}", head.short());
            outcome.notes.push(Note::new(WAIT, StepStatus::Done, words));
        }
        PullRequestState::Settled(said) => outcome.next = Next::Decided(said),
        PullRequestState::Unknown => {
            let name = context.shared.forge.name();
            outcome.next = Next::Wait(format!("{name} does not show the work yet"));
        }
    }
    Ok(outcome)
}

/// Posts the reviews of this round of work as a comment on the pull request.
pub(in crate::orchestrator::run) async fn comment_review(
    context: &RunContext,
    entry: &Entry,
) -> Result<StepOutcome, RunAbort> {
    let Some(body) = pull_request_body(context, entry).await? else {
        return Ok(no_pull_requests(context, COMMENT));
    };
    let since = context.task.submission.as_ref().and_then(|submission| submission.at);
    let mut said: Vec<_> = thread(context)
        .await?
        .into_iter()
        .filter(|message| matches!(message.kind, MessageKind::Approval | MessageKind::Feedback))
        .filter(|message| Some(message.at) >= since)
        .map(|message| {
            let what = if message.kind == MessageKind::Approval { "approves" } else { "rejects" };
            format!("**{}** {what}:\n\n{}\n", message.author, message.body.trim())
        })
        .collect();
    said.extend(comment_on_lines(context, &body, since).await?);
    if said.is_empty() {
        return Ok(StepOutcome::skipped(COMMENT, "nobody has said anything of this work"));
    }
    Ok(match context.shared.forge.comment(&body, &said.join("\n")).await? {
        Some(url) => StepOutcome::of(COMMENT, StepStatus::Done, url),
        None => StepOutcome::skipped(COMMENT, "the work is not shown to people yet"),
    })
}

/// Puts the review comments of this round beside the code on the forge, each once. Returns those without a place there as
/// text.
async fn comment_on_lines(
    context: &RunContext,
    body: &PullRequestBody,
    since: Option<Timestamp>,
) -> Result<Vec<String>, RunAbort> {
    let is_from_there = |comment: &ReviewComment| matches!(comment.author, CommentAuthor::Forge { .. });
    let sent_at = |comment: &ReviewComment| match comment.state {
        CommentState::Sent { sent_at } | CommentState::Resolved { sent_at, .. } => Some(sent_at),
        _ => None,
    };
    let mut comments = review_comments(context).await?;
    comments
        .retain(|comment| !is_from_there(comment) && sent_at(comment).is_some_and(|at| Some(at) >= since));
    let base = body.task.submission.as_ref().and_then(|submission| submission.base.clone());
    let placed = match base {
        Some(base) => {
            let (repository, head) = (body.repository.clone(), body.submitted.clone());
            blocking(move || repository.place_review_comments(comments, (&base, &head))).await?
        }
        None => ops::review::threads(comments, |_| None),
    };
    if placed.is_empty() {
        return Ok(Vec::new());
    }
    let left = context.shared.forge.comment_on_lines(body, placed).await?;
    let words = |placed: &PlacedComment| {
        let place = placed.comment.anchor.as_ref();
        let place = place.map(|anchor| match anchor.lines {
            Some(lines) => format!("`{}` line {lines}: ", anchor.path),
            None => format!("`{}`: ", anchor.path),
        });
        let words = placed.comment.words().trim();
        format!("**{}**: {}{words}\n", placed.comment.author.name(), place.unwrap_or_default())
    };
    Ok(left.iter().map(words).collect())
}

fn no_pull_requests(context: &RunContext, step: &str) -> StepOutcome {
    let words = format!("the forge `{}` has no pull requests", context.shared.forge.name());
    StepOutcome::skipped(step, words)
}

/// Shows a commit to people, and puts on the task where. Returns what there is to note of it.
pub(in crate::orchestrator::run) async fn show(
    context: &RunContext,
    body: &PullRequestBody,
    commit: &CommitId,
) -> Result<Option<Note>, RunAbort> {
    context.check()?;
    let Some(request) = context.shared.forge.propose(body, commit).await? else { return Ok(None) };
    put_on_task(context, &request).await;
    let words = format!("{} shows {}", request.url, commit.short());
    Ok(Some(Note::new("pull_request", StepStatus::Done, words)))
}

/// Puts on the task where people see its work, unless it says so already.
pub(in crate::orchestrator::run) async fn put_on_task(context: &RunContext, request: &PullRequest) {
    let known = |task: &Task| {
        let known = &task.attributes;
        (known.pr_number, known.pr_url.as_ref()) == (Some(request.number), Some(&request.url))
    };
    let (store, scope, id) = (&context.shared.store, &context.task.scope, &context.task.id);
    // This run itself may have put it there, after it had claimed the task.
    if known(&context.task) || store.task(scope, id).await.is_ok_and(|task| known(&task)) {
        return;
    }
    let attributes = Map::from_iter([
        ("pr_number".to_owned(), json!(request.number)),
        ("pr_url".to_owned(), json!(&request.url)),
    ]);
    let patch = TaskPatch { attributes, ..TaskPatch::default() };
    let actor = Actor::System(context.shared.settings.orchestrator.clone());
    // If it cannot be put there now, it is when the landing looks again.
    if let Err(error) = store.apply(scope, id, Command::Update { actor, patch }).await {
        tracing::warn!(task.id = %id, %error, "the pull request's number could not be noted");
    }
}

/// Tidies up after work that is in the base branch without the forge having said so: the branch by which people see it is removed,
/// which closes what they see, and the base branch here follows. Nothing of it holds the task up.
pub(in crate::orchestrator::run) async fn withdraw(context: &RunContext, tip: &CommitId) {
    let branch = context.task.submission.as_ref().and_then(|submission| submission.branch.clone());
    let (true, Some(branch), Some(remote)) =
        (context.shared.forge.takes_proposals(), branch, context.shared.settings.remote.clone())
    else {
        return;
    };
    let (repository, base, tip) =
        (context.shared.repository.clone(), context.base_branch.clone(), tip.clone());
    let result = blocking(move || {
        repository.delete_remote_branch(&remote, &branch)?;
        repository.advance(&base, &repository.tip(&base)?, &tip)
    });
    match result.await {
        Ok(Advance::Moved | Advance::AlreadyThere) => {}
        Ok(other) => tracing::warn!(?other, "the base branch here did not follow"),
        Err(error) => tracing::warn!(%error, "finished work was not tidied up"),
    }
}
