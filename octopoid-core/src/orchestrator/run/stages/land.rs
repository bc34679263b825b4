//! The parts of a landing: where the base branch stands, what the forge says, the worktree, the commit, the merge (I12, I20).

use super::project_branch::require_project_branch;
use super::worktree::{Owner, Ready, make_ready};
use crate::git::{GitError, MergeStrategy, Signed};
use crate::model::{CommitId, Queue, StepRecord};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::forge::{Landing, PullRequestBody, PullRequestState};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::base::{base_of, fetch};
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::steps::{note_signed, put_on_task};
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;

/// Base branch, as a landing finds it.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum LandingBase {
    /// Work can go on top of this commit.
    Open(CommitId),
    /// Nothing lands for now, for this reason.
    Closed(String),
}

/// Fetches the base branch and looks where it stands.
pub(in crate::orchestrator::run) async fn find_base(context: &RunContext) -> Result<LandingBase, RunAbort> {
    fetch(context).await?;
    require_project_branch(context).await?;
    let base = base_of(context).await?;
    if base.diverged {
        return Ok(LandingBase::Closed(format!(
            "`{0}` and its remote have gone apart; join them (for example with `git pull --rebase` on `{0}`) and the landing goes on",
            context.base_branch
        )));
    }
    Ok(match held(context, &base.tip).await? {
        Some(why) => LandingBase::Closed(why),
        None => LandingBase::Open(base.tip),
    })
}

/// Returns why nothing may land on the base branch, whose newest commit is `tip`. Holds that are over are forgotten.
async fn held(context: &RunContext, tip: &CommitId) -> Result<Option<String>, RunAbort> {
    let shared = &context.shared;
    for hold in shared.holds.of(&context.base_branch) {
        let contained = shared.repository.is_ancestor(&hold.commit, tip).unwrap_or(false);
        let waits = match shared.store.task(&context.task.scope, &hold.task).await {
            Ok(task) => matches!(task.queue(), Queue::NeedsContinuation | Queue::Claimed),
            Err(error) => !error.is_not_found(),
        };
        if contained && waits {
            return Ok(Some(format!(
                "nothing lands on `{}` for now: {}; {} waits for a person because of it",
                hold.branch, hold.why, hold.task
            )));
        }
        shared.holds.end(&hold)?;
    }
    Ok(None)
}

/// Returns whether the commit that an earlier try of the run chose is in the base branch.
pub(in crate::orchestrator::run) async fn has_landed(
    context: &RunContext,
    chosen: &CommitId,
    tip: &CommitId,
) -> Result<bool, RunAbort> {
    let (repository, chosen, tip) = (context.shared.repository.clone(), chosen.clone(), tip.clone());
    Ok(blocking(move || repository.is_ancestor(&chosen, &tip)).await?)
}

/// Finds the commit that brought the work into the base branch; falls back to the branch tip.
pub(in crate::orchestrator::run) async fn landed_by(
    context: &RunContext,
    work: CommitId,
    tip: &CommitId,
) -> Result<CommitId, RunAbort> {
    let (repository, tip) = (context.shared.repository.clone(), tip.clone());
    Ok(blocking(move || repository.seen_in(&work, &tip).map(|seen| seen.unwrap_or(tip))).await?)
}

/// Returns where the base branch was before the forge merged the work as `landed`; `None` where that cannot be told.
pub(in crate::orchestrator::run) async fn before_merge(
    context: &RunContext,
    entry: &Entry,
    landed: &CommitId,
) -> Option<CommitId> {
    let (Some(work), true) = (Work::of(entry), context.shared.forge.takes_proposals()) else { return None };
    let (repository, landed) = (context.shared.repository.clone(), landed.clone());
    let before = blocking(move || repository.before_merge(&landed, &work.base, &work.head, work.commits));
    before.await.unwrap_or_else(|error| {
        context.note(&format!("cannot tell what the base branch was before the merge: {error}"));
        None
    })
}

/// Asks the forge how the work stands there, and puts on the task where people see it.
pub(in crate::orchestrator::run) async fn ask_forge(
    context: &RunContext,
    body: &PullRequestBody,
) -> Result<PullRequestState, RunAbort> {
    let state = context.shared.forge.pull_request_state(body).await?;
    if state != PullRequestState::Unknown
        && let Some(request) = context.shared.forge.pull_request(body).await?
    {
        put_on_task(context, &request).await;
    }
    if let PullRequestState::Ready { head } = &state {
        // It is this round's work in the form that people have seen.
        let (repository, wanted) = (context.shared.repository.clone(), head.clone());
        if !blocking(move || repository.has_commit(&wanted)).await {
            let why = format!("the pull request's commit {} could not be fetched", head.short());
            return Err(RunAbort::Fault(why));
        }
    }
    Ok(state)
}

/// Opens the task's worktree at the approved work, or makes it again. `made` is the work's form from an earlier try of the run, or
/// the one that people have seen; otherwise it is what was submitted.
pub(in crate::orchestrator::run) async fn open_work(
    context: &RunContext,
    made: Option<CommitId>,
    tip: &CommitId,
    commits: u32,
) -> Result<Work, RunAbort> {
    let (repository, path, tip) = (context.shared.repository.clone(), context.workspace_path(), tip.clone());
    let (wanted, owner) = (made.or(context.submitted()), Owner::of(&context.task));
    let turn = context.shared.worktrees.lock().await;
    let ready = blocking(move || make_ready(&repository, &path, &tip, wanted, true, &owner)).await?;
    drop(turn);
    let Ready { base, head, .. } = ready;
    Ok(Work { base, head, commits, in_base: false, shown: None })
}

/// Makes the commit that the base branch will move to, the same one however often this is done.
pub(in crate::orchestrator::run) async fn make_commit(
    context: &RunContext,
    earlier: &[StepRecord],
    work: &Work,
    onto: &CommitId,
    notes: &mut Notes,
) -> Result<CommitId, RunAbort> {
    let (repository, head, onto) = (context.shared.repository.clone(), work.head.clone(), onto.clone());
    // A forge with pull requests makes its own commit from the work.
    let strategy = match context.shared.forge.takes_proposals() {
        true => MergeStrategy::Rebase,
        false => context.shared.settings.merge.strategy,
    };
    let message = format!("{}\n\nTask: {}\n", context.task.title, context.task.id);
    let at = context.started_at;
    let (made, signed) = blocking(move || {
        let made = repository.make_landing(&head, &onto, strategy, &message, at)?;
        // Work that lands as it is was signed when it was put on top of the base branch.
        let signed = match strategy {
            MergeStrategy::Rebase => Signed::Unchanged,
            MergeStrategy::Squash | MergeStrategy::Merge => repository.sign(&onto, &made)?,
        };
        Ok::<_, GitError>((made, signed))
    })
    .await?;
    Ok(note_signed(signed, made, earlier, notes))
}

/// Returns the landing of a commit.
pub(in crate::orchestrator::run) fn landing(
    context: &RunContext,
    onto: CommitId,
    commit: CommitId,
    proposal: Option<PullRequestBody>,
) -> Landing {
    Landing {
        repository: context.shared.repository.clone(),
        base_branch: context.base_branch.clone(),
        remote: context.shared.settings.remote.clone(),
        onto,
        commit,
        strategy: context.shared.settings.merge.strategy,
        proposal,
    }
}
