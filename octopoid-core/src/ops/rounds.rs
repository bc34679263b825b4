//! Rounds of a task: what its agents submitted, one submission after the other.

use crate::model::{
    CommitId, Message, MessageKind, Outcome, Run, RunId, Scope, StepStatus, StopReason, Submission, Task,
    TaskId, Timestamp,
};
use crate::store::{Result, RunQuery, Store};
use serde::{Deserialize, Serialize};

/// Submission of a task, by its place among all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Round {
    /// Number, from 1.
    pub number: u32,
    /// Run that submitted the work; `None` if its record is gone.
    pub run: Option<RunId>,
    /// Time of the submission.
    pub at: Option<Timestamp>,
    /// Commit of the base branch that the work stands on; `None` for runs of earlier versions.
    pub base: Option<CommitId>,
    /// Newest commit of the work.
    pub head: CommitId,
    /// Number of its commits.
    pub commits: u32,
    /// Summary of the agent.
    pub summary: Option<String>,
    /// Whether a reviewer or a person has judged it, as far as the thread of the task says.
    pub reviewed: bool,
}

/// Returns the rounds of a task, oldest first. Pure. `runs` are the runs of the task, in any order; `thread` is its thread.
///
/// The newest submission is what the task itself says. Earlier ones are those of runs that submitted work and whose steps
/// passed.
pub fn rounds(task: &Task, runs: &[Run], thread: &[Message]) -> Vec<Round> {
    let mut submitted: Vec<&Run> = runs.iter().filter(|run| has_submitted(run)).collect();
    submitted.sort_by_key(|run| run.number);
    let mut rounds: Vec<Round> = submitted.into_iter().filter_map(of_run).collect();
    if let Some(newest) = task.submission.as_deref().and_then(of_submission) {
        let same = rounds.last().is_some_and(|last| last.head == newest.head);
        let run = if same { rounds.pop().and_then(|last| last.run) } else { None };
        rounds.push(Round { run, ..newest });
    }
    let ends: Vec<_> = rounds.iter().skip(1).map(|next| next.at).chain([None]).collect();
    for (index, (round, end)) in rounds.iter_mut().zip(ends).enumerate() {
        round.number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let after = |at: &Timestamp| round.at.is_some_and(|begin| *at >= begin);
        let before = |at: &Timestamp| end.is_none_or(|end| *at < end);
        let mut verdicts = thread.iter().filter(|message| is_verdict(message.kind)).map(|message| message.at);
        round.reviewed = verdicts.any(|at| after(&at) && before(&at));
    }
    rounds
}

/// Returns the newest round that was judged before the newest of all was submitted: what a reviewer of that saw last.
pub fn last_reviewed(rounds: &[Round]) -> Option<&Round> {
    let (_, earlier) = rounds.split_last()?;
    earlier.iter().rev().find(|round| round.reviewed)
}

/// Returns whether a message of the thread is a verdict on submitted work.
const fn is_verdict(kind: MessageKind) -> bool {
    match kind {
        MessageKind::Approval | MessageKind::Feedback => true,
        MessageKind::Comment
        | MessageKind::Summary
        | MessageKind::TestFailure
        | MessageKind::Conflict
        | MessageKind::Question
        | MessageKind::Returned => false,
    }
}

/// Returns whether a run submitted work.
fn has_submitted(run: &Run) -> bool {
    let ended = match (&run.outcome, &run.stopped) {
        (Some(Outcome::Submitted { .. }), _) => true,
        // What a burnt-out attempt left is submitted for a person to look at.
        (None, Some(stop)) => matches!(stop, StopReason::MaxTurns | StopReason::BurntOut),
        _ => false,
    };
    let went_back = run.steps.iter().any(|step| step.status == StepStatus::Refused);
    ended && run.role.is_some() && run.finished_at.is_some() && run.commits > 0 && !went_back
}

fn of_run(run: &Run) -> Option<Round> {
    let summary = match &run.outcome {
        Some(Outcome::Submitted { summary, .. }) => Some(summary.clone()),
        _ => None,
    };
    Some(Round {
        number: 0,
        run: Some(run.id.clone()),
        at: run.finished_at,
        base: run.base.clone(),
        head: run.head.clone()?,
        commits: run.commits,
        summary: summary.filter(|words| !words.trim().is_empty()),
        reviewed: false,
    })
}

fn of_submission(submission: &Submission) -> Option<Round> {
    Some(Round {
        number: 0,
        run: None,
        at: submission.at,
        base: submission.base.clone(),
        head: submission.head.clone()?,
        commits: submission.commits,
        summary: submission.summary.clone().filter(|words| !words.trim().is_empty()),
        reviewed: false,
    })
}

/// Reads a task with its rounds, oldest first.
///
/// # Errors
/// As [`TaskStore::task`](crate::store::TaskStore::task), [`RunStore::list_runs`](crate::store::RunStore::list_runs) and
/// [`MessageStore::messages`](crate::store::MessageStore::messages).
pub async fn rounds_of(store: &dyn Store, scope: &Scope, id: &TaskId) -> Result<(Task, Vec<Round>)> {
    let task = store.task(scope, id).await?;
    let runs = store.list_runs(&RunQuery::new(scope.clone()).of_task(id.clone())).await?;
    let thread = store.messages(scope, id).await?;
    let rounds = rounds(&task, &runs, &thread);
    Ok((task, rounds))
}
