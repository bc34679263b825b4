//! The end of a landing.

use super::journal::RunJournal;
use crate::flow::{Flow, StepKind};
use crate::model::{CommitId, StepRecord, StepStatus};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::forge::LandingOutcome;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Note, Notes};
use crate::orchestrator::run::pause::{LOOK_AGAIN, Pause, PauseLength};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::spans;
use crate::orchestrator::run::stages::{before_merge, comment_from_forge};
use crate::orchestrator::run::steps::{
    CustomEnd, StepOutcome, cleanup, comment_review, custom_step, in_worktree,
};
use crate::transition::Command;
use std::time::Duration;
use tracing::Instrument;

/// The step's name.
pub(super) const MERGE: &str = "merge";

/// Ends the run by what the forge decided on a landing that began at `begun`. `commit` is what was to land.
pub(super) async fn decided(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    outcome: LandingOutcome,
    commit: Option<CommitId>,
    begun: Duration,
) -> Result<Settlement, RunAbort> {
    let duration = journal.now().saturating_sub(begun);
    match outcome {
        LandingOutcome::Merged { commit: seen, note } => {
            context.shared.reached(Point::Landed, &context.id);
            let Some(commit) = seen.or(commit) else {
                return Err(RunAbort::Fault("the forge names no commit that landed".to_owned()));
            };
            landed(context, journal, flow, commit, note, duration).await
        }
        LandingOutcome::BaseMoved => wait(context, journal, "the base branch moved meanwhile".to_owned()),
        LandingOutcome::Deferred { why } => {
            let mut settlement = wait(context, journal, why)?;
            // A forge with pull requests is asked cheaply before the next try, so nothing speaks for waiting longer each time.
            if context.shared.forge.takes_proposals()
                && let Some(pause) = &mut settlement.pause
            {
                pause.length = PauseLength::For(LOOK_AGAIN);
            }
            Ok(settlement)
        }
        LandingOutcome::ChangesRequested { feedback, cause, comments } => {
            comment_from_forge(context, &comments).await?;
            journal.record(Note::new(MERGE, StepStatus::Refused, feedback.clone()), duration)?;
            Ok(Settlement::reject(context, feedback, cause))
        }
        LandingOutcome::Closed { why } => {
            journal.record(Note::new(MERGE, StepStatus::Refused, why.clone()), duration)?;
            Ok(Settlement::suspend(context, why))
        }
    }
}

/// Ends the run of a task whose work is in the base branch, by this commit.
pub(super) async fn landed(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    commit: CommitId,
    note: Option<String>,
    duration: Duration,
) -> Result<Settlement, RunAbort> {
    // What a forge or somebody else has merged is not the commit that was chosen here.
    if journal.entry().landing.as_ref() != Some(&commit) {
        journal.landed_on(before_merge(context, journal.entry(), &commit).await);
    }
    after_merge(context, journal, &flow.after_merge).await?;
    let mut words = format!("{} is at {}", context.base_branch, commit.short());
    if let Some(note) = note {
        words.push_str(": ");
        words.push_str(&note);
    }
    journal.record(Note::new(MERGE, StepStatus::Done, words), duration)?;
    Ok(Command::Accept { actor: context.holder(), landed: Some(commit) }.into())
}

/// Lets the landing be tried again later.
pub(super) fn wait(
    context: &RunContext,
    journal: &mut RunJournal,
    why: String,
) -> Result<Settlement, RunAbort> {
    journal.record(Note::new(MERGE, StepStatus::Waiting, why.clone()), Duration::ZERO)?;
    Ok(Settlement::release(context, &why, Some(Pause::after_fault(why.clone()))))
}

/// Takes the steps that come once the work is merged: a failure is noted, and nothing is undone. What a run that was cut off has
/// done is not done again.
async fn after_merge(
    context: &RunContext,
    journal: &mut RunJournal,
    steps: &[StepKind],
) -> Result<(), RunAbort> {
    for step in steps {
        let done = |record: &StepRecord| record.name == step.name() && record.status == StepStatus::Done;
        if journal.run().steps.iter().any(done) {
            continue;
        }
        let says = format!("{} is merged, but `{}` after that fails", context.task.id, step.name());
        let (begun, mut notes) = (journal.now(), Notes::default());
        let taking = take_after_merge(context, journal.entry(), step, &says, &mut notes);
        let taken = taking.instrument(spans::step(step.name())).await;
        let (outcome, failure) = match taken {
            Ok((outcome, failure)) => (Ok(outcome), failure),
            Err(RunAbort::Fault(why)) => {
                let outcome = StepOutcome::of(step.name(), StepStatus::Refused, why.clone());
                (Ok(outcome), Some(format!("{says}: {why}")))
            }
            Err(abort) => (Err(abort), None),
        };
        journal.stepped(begun, notes, outcome, None)?;
        if let Some(failure) = failure {
            context.shared.warn(failure);
        }
    }
    Ok(())
}

/// Takes one step after the merge. Returns what it came to, and what people are told of a failure.
async fn take_after_merge(
    context: &RunContext,
    entry: &Entry,
    step: &StepKind,
    says: &str,
    notes: &mut Notes,
) -> Result<(StepOutcome, Option<String>), RunAbort> {
    Ok(match step {
        StepKind::Run(script) => {
            let ended = in_worktree(context, script, says, false, notes).await?;
            (ended.outcome, ended.failure)
        }
        StepKind::Own { name, .. } => {
            let head = entry.run.head.as_ref();
            let (outcome, end) = custom_step(context, &entry.passed, name, head, true).await?;
            let failure = match end {
                CustomEnd::Continue => None,
                CustomEnd::Refused(why) | CustomEnd::Waits(why) => Some(format!("{says}: {why}")),
            };
            (outcome, failure)
        }
        StepKind::CommentReview => (comment_review(context, entry).await?, None),
        StepKind::Cleanup => (cleanup(context).await?, None),
        // A flow in which another step comes after the merge is refused.
        StepKind::Rebase
        | StepKind::UpdateChangelog
        | StepKind::RunTests
        | StepKind::PushBranch
        | StepKind::CreatePr
        | StepKind::WaitForChecks => (StepOutcome::nothing(), None),
    })
}
