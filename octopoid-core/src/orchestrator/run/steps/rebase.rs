//! The step `rebase`: the work goes on top of the newest commit of the base branch (I19, I25).

use super::changelog::without_changelog;
use super::sign::sign_work;
use super::{IN_BASE, StepOutcome};
use crate::git::{Conflict, GitError, Rebased, Worktree};
use crate::model::{CommitId, StepRecord, StepStatus};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::guard;
use crate::orchestrator::run::notes::{Note, Notes};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::Work;
use crate::orchestrator::shared::blocking;
use crate::transition::{Cause, Purpose};
use std::time::Duration;

/// The step's name.
const STEP: &str = "rebase";

/// Number of attempts if it fails for a reason outside the work, before a person is asked.
const TRIES: u32 = 4;

/// Puts the work on top of `tip`. On a conflict the worktree is as it was, and the conflict is handed to an agent (I19).
pub(super) async fn rebase(
    context: &RunContext,
    earlier: &[StepRecord],
    work: &Work,
    tip: &CommitId,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    let bare = match stands_on(context, work, tip).await? {
        true => None,
        false => without_changelog(context, &work.head).await?,
    };
    match rebased(context, work, tip).await? {
        Rebased::Onto { head, moved, commits } => {
            // What lands as it was submitted was signed then.
            let head = match moved || context.claim.purpose == Purpose::Work {
                true => sign_work(context, earlier, tip, head, notes).await?,
                false => head,
            };
            let (status, words) = match moved {
                true => (StepStatus::Done, "rebased onto"),
                false => (StepStatus::Skipped, "stands on"),
            };
            let words = format!("{words} {} {}", context.base_branch, tip.short());
            let mut outcome = StepOutcome::of(STEP, status, words);
            if commits > 0 {
                return Ok(outcome.with_work(Work { base: tip.clone(), head, commits, ..work.clone() }));
            }
            // Nothing is left of it on top of the base branch (I25). What is there is tested, and the work reviewed, as any
            // other: that it is there says nothing of how it came there (I30).
            outcome.notes.push(Note::new(STEP, StepStatus::Skipped, IN_BASE));
            guard::note_landed_by_others(context, tip, &work.head, notes).await?;
            Ok(outcome.with_work(Work { in_base: true, ..work.clone() }))
        }
        Rebased::Conflict(conflict) => {
            let files: Vec<_> = conflict.files.iter().map(|file| file.path.as_str()).collect();
            let words = format!("conflicts in {}", files.join(", "));
            let text = conflict_text(&conflict, &context.base_branch);
            let back = Settlement::reject(context, text, Cause::Conflict);
            let work = Work { head: bare.unwrap_or_else(|| work.head.clone()), ..work.clone() };
            Ok(StepOutcome::of(STEP, StepStatus::Refused, words).with_work(work).settling(back))
        }
    }
}

/// Rebases, and tries again for a while.
async fn rebased(context: &RunContext, work: &Work, tip: &CommitId) -> Result<Rebased, RunAbort> {
    let from = begun_from(context, work);
    let mut tries = 1;
    loop {
        context.check()?;
        let (repository, path) = (context.shared.repository.clone(), context.workspace_path());
        let (onto, from) = (tip.clone(), from.clone());
        let result = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            worktree.recover()?;
            worktree.rebase(&onto, from.as_ref())
        });
        match result.await {
            Err(error) if tries < TRIES => {
                context.note(&format!("rebase: {error}; trying again"));
                context.shared.clock.sleep(Duration::from_secs(1 << tries)).await;
                tries += 1;
            }
            rebased => return Ok(rebased?),
        }
    }
}

/// Returns the base branch's commit that the work was made on, as it was noted then.
fn begun_from(context: &RunContext, work: &Work) -> Option<CommitId> {
    match context.claim.purpose {
        Purpose::Land => context.task.submission.as_ref().and_then(|submission| submission.base.clone()),
        Purpose::Work | Purpose::Review => Some(work.base.clone()),
    }
}

async fn stands_on(context: &RunContext, work: &Work, tip: &CommitId) -> Result<bool, GitError> {
    let (repository, head, tip) = (context.shared.repository.clone(), work.head.clone(), tip.clone());
    blocking(move || repository.is_ancestor(&tip, &head)).await
}

/// Returns what an agent is told about a conflict: a job of its own, with both sides.
fn conflict_text(conflict: &Conflict, base_branch: &str) -> String {
    let mut text = format!(
        "The work conflicts with `{base_branch}`, which has moved on to {}. Rebase your commits onto that commit in your worktree \
         (`git rebase {}`), settle the conflicts so that the intent of both sides is kept, and continue the rebase. Change nothing else.\n",
        conflict.onto.short(),
        conflict.onto
    );
    for file in &conflict.files {
        text.push_str(&format!("\nConflict in `{}`:\n", file.path));
        for (side, content) in [("the base branch has", &file.ours), ("the work has", &file.theirs)] {
            match content {
                Some(content) => text.push_str(&format!("--- {side}:\n{content}\n")),
                None => text.push_str(&format!("--- {side} no such file\n")),
            }
        }
    }
    text
}
