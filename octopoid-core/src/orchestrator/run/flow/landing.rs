//! Landing approved work: fetch, rebase, test the result, move the base branch forward (I12, I20).
//!
//! One lock is held for the length of a landing: its claim, which is the lock of its branch over all machines. The store gives one
//! at a time, and the claim outlives the process that holds it: a landing that was cut off is finished before another begins on
//! that branch, which no lock in memory could see to. Nothing else has to be kept apart. Landings on different branches, of which
//! one orchestrator may have several after a restart, have each a worktree of their own; the branches move by compare-and-swap;
//! git itself guards the refs and objects that both write. The orchestrator's lock of worktrees, which every run takes while it
//! opens its own, is let go before the first step.

use super::journal::RunJournal;
use super::landed::{MERGE, decided, landed, wait};
use super::sequence::{take_checks, take_steps};
use crate::flow::{Flow, OwnState, Stage};
use crate::model::{CommitId, RunStage, StepStatus};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::forge::{LandingOutcome, PullRequestBody, PullRequestState};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::base::{base_of, fetch};
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::{Note, Notes};
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::spans;
use crate::orchestrator::run::stages::{
    LandingBase, announce, ask_forge, fetch_work, find_base, has_landed, landed_by, landing, make_commit,
    open_work, require_project_branch,
};
use crate::orchestrator::run::steps::{IN_BASE, pull_request_body, show, upload_lfs, withdraw};
use crate::orchestrator::run::work::Work;
use crate::transition::Command;
use std::time::Duration;
use tracing::Instrument;

/// Number of attempts to land while the base branch keeps moving, before the landing waits.
const RACES: u32 = 5;

/// Lands the work, or takes it to the next state of its flow's own.
pub(super) async fn land(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
) -> Result<Settlement, RunAbort> {
    context.check()?;
    if journal.run().stage < RunStage::Prepared {
        journal.enter(RunStage::Prepared)?;
        announce(context, journal.run()).await;
        context.shared.reached(Point::Prepared, &context.id);
    }
    let state = context.task.review().and_then(|review| review.state.as_ref());
    let (stage, next) = flow.at(state);
    if let Some(next) = next {
        return advance(context, journal, flow, stage, next).await;
    }
    for _ in 0..RACES {
        if let Some(settlement) = try_to_land(context, journal, flow, stage).await? {
            return Ok(settlement);
        }
    }
    wait(context, journal, format!("the base branch moved {RACES} times while the work was being tested"))
}

/// Takes approved work to the next state of its flow's own.
async fn advance(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    stage: &Stage,
    next: &OwnState,
) -> Result<Settlement, RunAbort> {
    if !stage.steps.is_empty() {
        fetch(context).await?;
        require_project_branch(context).await?;
        let tip = base_of(context).await?.tip;
        fetch_work(context).await?;
        let mut work = open(context, journal, None, &tip).await?;
        if let Some(end) = take_steps(context, journal, flow, &stage.steps, &mut work, &tip).await? {
            return Ok(end);
        }
    }
    let command = Command::Advance {
        token: context.claim.token.clone(),
        to: next.name.clone(),
        role: next.role.clone(),
        gates: next.stage.gates.clone(),
    };
    Ok(command.into())
}

/// Tries to land the work on the base branch as it is now. Returns `None` if that moved meanwhile.
async fn try_to_land(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    stage: &Stage,
) -> Result<Option<Settlement>, RunAbort> {
    let tip = match find_base(context).await? {
        LandingBase::Open(tip) => tip,
        LandingBase::Closed(why) => return wait(context, journal, why).map(Some),
    };
    if let Some(chosen) = journal.entry().landing.clone()
        && has_landed(context, &chosen, &tip).await?
    {
        withdraw(context, &tip).await;
        let note = Some("was in the base branch already".to_owned());
        return landed(context, journal, flow, chosen, note, Duration::ZERO).await.map(Some);
    }
    fetch_work(context).await?;
    // What is not merged is shown to nobody.
    let body = match flow.merges {
        true => pull_request_body(context, journal.entry()).await?,
        false => None,
    };
    let shown = match &body {
        None => None,
        Some(body) => match ask_forge(context, body).await? {
            PullRequestState::Unknown => None,
            PullRequestState::Ready { head } => Some(head),
            PullRequestState::Settled(LandingOutcome::BaseMoved) => return Ok(None),
            PullRequestState::Settled(outcome) => {
                let begun = journal.now();
                return decided(context, journal, flow, outcome, None, begun).await.map(Some);
            }
        },
    };

    let mut work = open(context, journal, shown, &tip).await?;
    if let Some(end) = take_steps(context, journal, flow, &stage.steps, &mut work, &tip).await? {
        return Ok(Some(end));
    }
    let made_in = context.task.review().and_then(|review| review.made_in.clone());
    let checks = flow.checks(made_in.as_ref());
    if let Some(end) = take_checks(context, journal, flow, &checks, &mut work).await? {
        return Ok(Some(end));
    }
    if work.in_base {
        withdraw(context, &tip).await;
        let commit = landed_by(context, work.head, &tip).await?;
        let note = Some(IN_BASE.to_owned());
        return landed(context, journal, flow, commit, note, Duration::ZERO).await.map(Some);
    }
    if !flow.merges {
        let note = Note::new(MERGE, StepStatus::Skipped, "the flow does not merge");
        journal.record(note, Duration::ZERO)?;
        return Ok(Some(Command::Accept { actor: context.holder(), landed: None }.into()));
    }
    merge(context, journal, flow, &work, tip, body).await
}

/// Opens the worktree at the work: in the form that people are shown, in that of an earlier try, or as it was submitted.
async fn open(
    context: &RunContext,
    journal: &mut RunJournal,
    shown: Option<CommitId>,
    tip: &CommitId,
) -> Result<Work, RunAbort> {
    let made = shown.clone().or(journal.run().head.clone());
    let work = Work { shown, ..open_work(context, made, tip, journal.run().commits).await? };
    journal.opened(&work);
    Ok(work)
}

/// Moves the base branch forward to the work. Returns `None` if it moved meanwhile.
async fn merge(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    work: &Work,
    tip: CommitId,
    body: Option<PullRequestBody>,
) -> Result<Option<Settlement>, RunAbort> {
    let mut notes = Notes::default();
    let made = make_commit(context, &journal.run().steps, work, &tip, &mut notes).await;
    journal.noticed(notes);
    let commit = made?;
    journal.chosen(&commit, &tip)?;

    let landing = landing(context, tip, commit.clone(), body);
    if let Some(remote) = &landing.remote {
        upload_lfs(context, remote, &landing.onto, &commit).await?;
    }
    if let Some(body) = &landing.proposal
        && work.shown.as_ref() != Some(&commit)
        && let Some(note) = show(context, body, &commit).await?
    {
        journal.record(note, Duration::ZERO)?;
    }
    let begun = journal.now();
    match context.shared.forge.land(&landing).instrument(spans::step(MERGE)).await? {
        LandingOutcome::BaseMoved => {
            let note = Note::new(MERGE, StepStatus::Skipped, "the base branch moved meanwhile; again");
            journal.record(note, journal.now().saturating_sub(begun))?;
            Ok(None)
        }
        outcome => decided(context, journal, flow, outcome, Some(commit), begun).await.map(Some),
    }
}
