//! Submitting the work: the flow's steps and checks, then a branch that keeps it.

use super::journal::RunJournal;
use super::sequence::{follow, take_checks, take_steps};
use crate::flow::Flow;
use crate::model::Review;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::base::base_of;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::stages::{keep_diff, keep_on_branch};
use crate::orchestrator::run::steps::{changed_checks, copied_files, protected_paths, settle_pointers};
use crate::orchestrator::run::submission::submission;
use crate::orchestrator::run::work::Work;
use crate::transition::Command;

/// Takes the work through the steps and checks of its flow and submits it.
pub(super) async fn submit(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
) -> Result<Settlement, RunAbort> {
    let Some(mut work) = Work::of(journal.entry()) else {
        return Err(RunAbort::Fault("the run has no commit to submit".to_owned()));
    };
    let tip = base_of(context).await?.tip;

    let (begun, mut notes) = (journal.now(), Notes::default());
    let outcome = settle_pointers(context, &work, &mut notes).await;
    let next = journal.stepped(begun, notes, outcome, Some(&mut work))?;
    if let Some(end) = follow(context, journal, flow, next).await? {
        return Ok(end);
    }
    let (begun, outcome) = (journal.now(), copied_files(context, &work).await);
    let next = journal.stepped(begun, Notes::default(), outcome, Some(&mut work))?;
    if let Some(end) = follow(context, journal, flow, next).await? {
        return Ok(end);
    }

    let made_in = context.task.review().and_then(|review| review.made_in.clone());
    if let Some(end) = take_steps(context, journal, flow, &flow.hand_in, &mut work, &tip).await? {
        return Ok(end);
    }
    let checks = flow.checks(made_in.as_ref());
    if let Some(end) = take_checks(context, journal, flow, &checks, &mut work).await? {
        return Ok(end);
    }
    keep(context, journal).await?;

    let changed = changed_checks(context, &work, flow).await?;
    let protected = protected_paths(context, &work).await?;
    let mut gates = flow.at(made_in.as_ref()).0.gates.clone();
    if protected.is_some() {
        gates = gates.with_person();
    }
    journal.noticed(changed.into_iter().chain(protected).collect());
    let mut submission = submission(context, journal.entry());
    submission.review = Review::of(gates);
    Ok(Command::Submit { token: context.claim.token.clone(), submission }.into())
}

/// Submits what a burnt-out attempt left, so that a person can look at it.
pub(super) async fn submit_unfinished(
    context: &RunContext,
    journal: &mut RunJournal,
    turn_limit_reached: bool,
) -> Result<Command, RunAbort> {
    let mut submission = submission(context, journal.entry());
    submission.turn_limit_reached = turn_limit_reached;
    if journal.run().commits > 0 {
        keep(context, journal).await?;
    } else {
        submission.branch = None;
    }
    Ok(Command::Submit { token: context.claim.token.clone(), submission })
}

/// Keeps the work on a branch.
async fn keep(context: &RunContext, journal: &mut RunJournal) -> Result<(), RunAbort> {
    let Some(head) = &journal.run().head else {
        return Err(RunAbort::Fault("the run has no commit to keep".to_owned()));
    };
    keep_diff(context, journal.entry().base.as_ref(), head).await;
    let (begun, mut notes) = (journal.now(), Notes::default());
    let outcome = keep_on_branch(context, journal.entry().base.as_ref(), head, &mut notes).await;
    journal.stepped(begun, notes, outcome, None)?;
    Ok(())
}
