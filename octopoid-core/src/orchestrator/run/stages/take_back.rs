//! Taking back what another task landed, without an agent where later commits are not in the way.

use crate::git::{Reverted, Worktree};
use crate::model::{CommitId, MessageDraft, MessageKind, Outcome, Revert};
use crate::orchestrator::disk::journal::{Entry, Report};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::reads::thread;
use crate::orchestrator::run::retry::require;
use crate::orchestrator::shared::blocking;
use crate::role::WorkspaceKind;
use crate::transition::Purpose;

/// Takes a landing back in the worktree, as the work of a task that was made for it. Returns the report of that; `None` where an
/// agent has to do the work: the task takes nothing back, there is work of it already, or later commits are in the way.
///
/// Repeated after a crash, it makes the same commit.
pub(in crate::orchestrator::run) async fn take_back(
    context: &RunContext,
    entry: &Entry,
) -> Result<Option<Report>, RunAbort> {
    let Some(revert) = &context.task.attributes.reverts else { return Ok(None) };
    let (Some(base), Some(start)) = (&entry.base, &entry.start) else { return Ok(None) };
    let works = context.claim.purpose == Purpose::Work && context.workspace_kind() == WorkspaceKind::Own;
    // Work that was sent back is not made again as it was.
    if !works || base != start || context.task.counters.rejections > 0 {
        return Ok(None);
    }
    let Revert { task, landed, .. } = revert;
    match revert_in_worktree(context, revert, base).await? {
        Reverted::Clean(commit) => {
            context.note(&format!(
                "took back {}, which {task} landed, as {}",
                landed.short(),
                commit.short()
            ));
            let summary = format!("Takes back what {task} landed, without other changes.");
            Ok(Some(Report::Outcome(Outcome::Submitted { summary })))
        }
        Reverted::Nothing => {
            let why = format!("nothing of what {task} landed is left to take back");
            Ok(Some(Report::Outcome(Outcome::Nothing { why })))
        }
        Reverted::Conflict { files } => {
            let place = if files.is_empty() { String::new() } else { format!(" in {}", files.join(", ")) };
            let words =
                format!("git cannot take {} back by itself: later commits conflict{place}", landed.short());
            context.note(&words);
            say_once(context, &words).await?;
            Ok(None)
        }
    }
}

/// Makes the commit and moves the worktree to it.
async fn revert_in_worktree(
    context: &RunContext,
    revert: &Revert,
    base: &CommitId,
) -> Result<Reverted<CommitId>, RunAbort> {
    let (repository, path, at) =
        (context.shared.repository.clone(), context.workspace_path(), context.started_at);
    let (revert, base) = (revert.clone(), base.clone());
    let message = format!(
        "{}\n\nThis reverts {}..{}, which {} landed.\n\nTask: {}\n",
        context.task.title, revert.before, revert.landed, revert.task, context.task.id
    );
    let made = blocking(move || {
        let made = repository.revert(&revert, &base, &message, at)?;
        if let Reverted::Clean(commit) = &made {
            Worktree::open(&repository, &path)?.reset_hard(commit)?;
        }
        Ok::<_, crate::git::GitError>(made)
    });
    Ok(made.await?)
}

/// Posts a message for the agent and for people, unless an earlier attempt has.
async fn say_once(context: &RunContext, words: &str) -> Result<(), RunAbort> {
    if thread(context).await?.iter().any(|message| message.body == words) {
        return Ok(());
    }
    let author = context.claim.holder.orchestrator.as_str();
    let draft = MessageDraft::new(MessageKind::Conflict, author, words);
    let (store, task) = (&context.shared.store, &context.task);
    require(context, || store.post_message(&task.scope, &task.id, draft.clone())).await?;
    Ok(())
}
