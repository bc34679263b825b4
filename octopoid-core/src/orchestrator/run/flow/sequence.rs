//! The steps of a task's flow, in order, up to the first that ends the way of the work.

use super::journal::RunJournal;
use super::landed::{decided, wait};
use crate::flow::{Flow, Script, StepKind};
use crate::model::CommitId;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::spans;
use crate::orchestrator::run::steps::{Next, StepOutcome, is_as_submitted, script, take};
use crate::orchestrator::run::work::Work;
use tracing::Instrument;

/// Takes the work through steps. Returns what becomes of it if one of them ends its way.
pub(super) async fn take_steps(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    steps: &[StepKind],
    work: &mut Work,
    tip: &CommitId,
) -> Result<Option<Settlement>, RunAbort> {
    for step in steps {
        let (begun, mut notes) = (journal.now(), Notes::default());
        let taking = take(context, journal.entry(), work, step, tip, &mut notes);
        let outcome = taking.instrument(spans::step(step.name())).await;
        let next = journal.stepped(begun, notes, outcome, Some(work))?;
        if let Some(end) = follow(context, journal, flow, next).await? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Takes the work through the flow's checks. They look at its content alone, so what has passed them when it was submitted has
/// passed them.
pub(super) async fn take_checks(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    checks: &[Script],
    work: &mut Work,
) -> Result<Option<Settlement>, RunAbort> {
    let known = !checks.is_empty() && is_as_submitted(context).await?;
    for check in checks {
        let (begun, mut notes) = (journal.now(), Notes::default());
        let outcome = match known {
            true => Ok(StepOutcome::passed_before(&check.name)),
            false => {
                let checking = script(context, &journal.entry().passed, work, check, true, &mut notes);
                checking.instrument(spans::step(&check.name)).await
            }
        };
        let next = journal.stepped(begun, notes, outcome, Some(work))?;
        if let Some(end) = follow(context, journal, flow, next).await? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Returns what becomes of the work after a step, if its way ends there.
pub(super) async fn follow(
    context: &RunContext,
    journal: &mut RunJournal,
    flow: &Flow,
    next: Next,
) -> Result<Option<Settlement>, RunAbort> {
    match next {
        Next::Continue => Ok(None),
        Next::Settle(settlement) => Ok(Some(*settlement)),
        Next::Decided(outcome) => {
            decided(context, journal, flow, outcome, None, journal.now()).await.map(Some)
        }
        Next::Wait(why) => wait(context, journal, why).map(Some),
        Next::Fault(why) => Err(RunAbort::Fault(why)),
    }
}
