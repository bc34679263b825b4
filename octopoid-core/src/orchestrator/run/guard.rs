//! What a run must not change outside of its worktree, looked at when it begins and when it ends (I18, I31).

use super::abort::RunAbort;
use super::base;
use super::context::RunContext;
use super::notes::Notes;
use crate::git::{
    Evidence, GitError, Guard, GuardedWorktree, PutBack, RefMove, RefMoves, Refs, Repository, Tampering,
    Worktree,
};
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::disk::holds::Hold;
use crate::orchestrator::disk::journal::replace;
use crate::orchestrator::shared::blocking;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the step that says what a run moved.
const STEP: &str = "guard";

/// State of the guarded files and refs when a run began.
#[derive(Debug)]
pub(super) struct Before {
    /// Name of the guarded party, for messages.
    who: &'static str,
    refs: Refs,
    /// `None` for a role that has no worktree.
    worktree: Option<GuardedWorktree>,
}

/// Party whose changes a guard looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded {
    /// The run's agents. A run that is taken up again goes on from how things were when they began.
    Agent,
    /// A command that runs the work, such as the tests.
    Command,
}

impl Guarded {
    const fn words(self) -> &'static str {
        match self {
            Guarded::Agent => "the agent",
            Guarded::Command => "a command that ran on the work",
        }
    }
}

/// Reads the refs as they were when the run's agents began, from a file that is made where there is none.
fn refs_kept_in(path: &Path, repository: &Repository) -> Result<Refs, GitError> {
    let earlier = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(refs) = earlier {
        return Ok(refs);
    }
    let refs = Refs::read(repository)?;
    replace(path, &serde_json::to_vec(&refs).unwrap_or_default()).map_err(GitError::io(path))?;
    Ok(refs)
}

/// Remembers what the run's agents must not change. Of configuration and hooks, the first of several runs at work does
/// so for all: what one of them changes must not become what is restored after another.
pub(super) async fn begin(context: &RunContext, who: Guarded) -> Result<Before, RunAbort> {
    let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
    let kept = context.files().join("refs.json");
    let before = blocking(move || {
        let worktree = Worktree::open(&repository, &path).ok().map(|worktree| worktree.guard());
        let refs = match who {
            Guarded::Command => Refs::read(&repository)?,
            Guarded::Agent => refs_kept_in(&kept, &repository)?,
        };
        Ok::<_, GitError>(Before { who: who.words(), refs, worktree: worktree.transpose()? })
    })
    .await?;
    // Last, for a run that is counted here and never ends would keep the others from being looked at afresh.
    let mut guard = context.shared.guard.lock().await;
    if guard.files.is_none() {
        let repository = context.shared.repository.clone();
        guard.files = Some(Arc::new(blocking(move || Guard::take(&repository)).await?));
    }
    guard.runs.push(context.id.clone());
    guard.seen.push(context.id.clone());
    Ok(before)
}

/// Puts back what the run must not have changed, keeps its version for a person, and says so. What cannot be put back
/// makes its task wait for a person, and landings on the branch hold.
pub(super) async fn end(
    context: &RunContext,
    before: Before,
    notes: &mut Notes,
) -> Result<Option<String>, RunAbort> {
    let Before { who, refs, worktree } = before;
    let aside = context.shared.layout.set_aside(&context.id);
    end_files(context, aside.clone(), notes).await?;
    if let Some(guarded) = worktree {
        let aside = aside.join("worktree");
        let changed = blocking(move || guarded.restore(&aside)).await?;
        note_tampering(context, "its worktree's own files", &changed, &[], notes);
    }

    let (repository, path, trace) =
        (context.shared.repository.clone(), context.workspace_path(), context.trace());
    let evidence = {
        let (repository, path) = (repository.clone(), path.clone());
        let look = move || Evidence::of(Worktree::open(&repository, &path).ok().as_ref(), &path, &trace);
        blocking(look).await
    };
    let base_branch = context.base_branch.clone();
    let remote = context.shared.settings.remote.clone().filter(|_| evidence.has_commits());
    let before = remote.as_ref().and_then(|remote| refs.remote_tip(remote, &base_branch));
    if remote.is_some()
        && let Err(RunAbort::Fault(why)) = base::fetch(context).await
    {
        // The landing fetches again, and sees what is there then.
        context.note(&format!("could not look at the remote's base branch: {why}"));
    }
    let run = context.id.to_string();
    // One at a time: two runs that end at once must not take what the other puts back for a move.
    let turn = context.shared.guard.lock().await;
    let (moves, ends) = blocking(move || {
        let worktree = Worktree::open(&repository, &path).ok();
        let mut moves = repository.moves_since(&refs, &evidence)?;
        if let Some(worktree) = &worktree
            && !moves.by_run.is_empty()
        {
            // So that it holds no branch any more that is to be put back or deleted.
            worktree.recover()?;
        }
        if let Some(remote) = &remote {
            let pushed = repository.pushed_by(&evidence, remote, &base_branch, before.as_ref())?;
            moves.by_run.extend(pushed);
        }
        let ends = repository.put_back(&moves.by_run, &path, &run)?;
        Ok::<_, GitError>((moves, ends))
    })
    .await?;
    drop(turn);
    note_moves(context, who, &moves, &ends, notes)
}

async fn end_files(context: &RunContext, aside: PathBuf, notes: &mut Notes) -> Result<(), RunAbort> {
    let mut turn = context.shared.guard.lock().await;
    turn.runs.retain(|run| *run != context.id);
    let at_work = turn.seen.clone();
    let files = if turn.runs.is_empty() {
        turn.seen.clear();
        turn.files.take()
    } else {
        turn.files.clone()
    };
    let Some(files) = files else { return Ok(()) };
    let repository = context.shared.repository.clone();
    let changed = blocking(move || files.restore(&repository, &aside)).await?;
    drop(turn);
    let others: Vec<_> = at_work.iter().filter(|run| **run != context.id).map(ToString::to_string).collect();
    note_tampering(context, "the repository's own files", &changed, &others, notes);
    Ok(())
}

/// Notes which files were changed and put back. Who did it cannot be told: a user has the same rights.
fn note_tampering(
    context: &RunContext,
    what: &str,
    changed: &[Tampering],
    others: &[String],
    notes: &mut Notes,
) {
    if changed.is_empty() {
        return;
    }
    let list: Vec<_> = changed.iter().map(|one| one.path.display().to_string()).collect();
    let own = &context.id;
    let runs = std::iter::once(own.to_string()).chain(others.iter().cloned()).collect::<Vec<_>>().join(", ");
    let message = format!(
        "{what} were changed while {runs} worked ({}); they were put back, because they decide what git runs and does. The other \
         version is in {}: take it from there if it is yours",
        list.join(", "),
        context.shared.layout.set_aside(own).display()
    );
    notes.add(STEP, StepStatus::Done, message.as_str());
    context.shared.warn(message);
}

fn note_moves(
    context: &RunContext,
    who: &str,
    moves: &RefMoves,
    ends: &[PutBack],
    notes: &mut Notes,
) -> Result<Option<String>, RunAbort> {
    for change in &moves.by_others {
        if change.branch() == Some(context.base_branch.as_str()) {
            let words = format!("{change}, not by this run as far as can be seen; it was left alone");
            context.note(&words);
        }
    }
    let mut left = Vec::new();
    let built_on = PutBack::Left { why: "work of others builds on it".to_owned() };
    let built_on = moves.built_on.iter().map(|change| (change, &built_on));
    for (change, end) in moves.by_run.iter().zip(ends).chain(built_on) {
        let run = &context.id;
        match end {
            PutBack::Done => {
                let message = format!("{who} of {run} moved {change}; it was put back");
                notes.add(STEP, StepStatus::Done, message.as_str());
                context.shared.warn(message);
            }
            PutBack::Left { why } => {
                let message = format!(
                    "{who} of {run} moved {change}, past tests and review; it was not put back: {why}"
                );
                notes.add(STEP, StepStatus::Waiting, message.as_str());
                context.shared.warn(message.clone());
                left.push((change, message));
            }
        }
    }
    if left.is_empty() {
        return Ok(None);
    }
    for (change, message) in &left {
        hold(context, change, message)?;
    }
    let messages: Vec<_> = left.into_iter().map(|(_, message)| message).collect();
    Ok(Some(format!(
        "{}. Look at it, put it right, and let the task go on; until then nothing lands on that branch",
        messages.join("; ")
    )))
}

/// Notes it if the base branch has the very commits of work that was never landed.
pub(super) async fn note_landed_by_others(
    context: &RunContext,
    tip: &CommitId,
    head: &CommitId,
    notes: &mut Notes,
) -> Result<(), RunAbort> {
    let (repository, commit, tip) = (context.shared.repository.clone(), head.clone(), tip.clone());
    let has = blocking(move || repository.is_ancestor(&commit, &tip)).await?;
    if has {
        let message = format!(
            "`{}` has the work of {} already, as {}, and it was not landed from here: it came there past tests and review, \
             which follow now",
            context.base_branch,
            context.task.id,
            head.short()
        );
        notes.add(STEP, StepStatus::Done, message.as_str());
        context.shared.warn(message);
    }
    Ok(())
}

/// Holds landings on a branch that was moved.
fn hold(context: &RunContext, change: &RefMove, why: &str) -> Result<(), RunAbort> {
    let (Some(branch), Some(commit)) = (change.branch(), change.commit()) else { return Ok(()) };
    let hold = Hold {
        branch: branch.to_owned(),
        commit,
        task: context.task.id.clone(),
        run: context.id.clone(),
        why: why.to_owned(),
    };
    Ok(context.shared.holds.add(hold)?)
}
