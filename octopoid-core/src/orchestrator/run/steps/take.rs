//! The steps by their kind.

use super::custom_step::{CustomEnd, custom_step};
use super::{IN_BASE, Next, StepOutcome, changelog, pull_request, push, rebase, script, test};
use crate::flow::StepKind;
use crate::model::CommitId;
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Notes;
use crate::orchestrator::run::settlement::Settlement;
use crate::orchestrator::run::work::Work;
use crate::transition::Purpose;

/// Returns whether a step shows work that is to land, which is needless where it has landed.
fn shows_work(step: &StepKind) -> bool {
    match step {
        StepKind::UpdateChangelog
        | StepKind::PushBranch
        | StepKind::CreatePr
        | StepKind::WaitForChecks
        | StepKind::CommentReview => true,
        StepKind::Rebase
        | StepKind::RunTests
        | StepKind::Cleanup
        | StepKind::Run(_)
        | StepKind::Own { .. } => false,
    }
}

/// Takes one step with the work. `entry` is what is known of the run, `tip` the newest commit of the base branch.
pub(in crate::orchestrator::run) async fn take(
    context: &RunContext,
    entry: &Entry,
    work: &Work,
    step: &StepKind,
    tip: &CommitId,
    notes: &mut Notes,
) -> Result<StepOutcome, RunAbort> {
    if work.in_base && shows_work(step) {
        return Ok(StepOutcome::skipped(step.name(), IN_BASE));
    }
    match step {
        StepKind::Rebase => rebase::rebase(context, &entry.run.steps, work, tip, notes).await,
        StepKind::UpdateChangelog => changelog::update_changelog(context, work).await,
        StepKind::RunTests => test::test(context, entry.tested.as_ref(), notes).await,
        StepKind::PushBranch => push::push_branch(context, work, notes).await,
        StepKind::CreatePr => pull_request::create_pr(context, entry, work).await,
        StepKind::WaitForChecks => pull_request::wait_for_checks(context, entry, work).await,
        StepKind::CommentReview => pull_request::comment_review(context, entry).await,
        StepKind::Cleanup => push::cleanup(context).await,
        StepKind::Run(script) => script::script(context, &entry.passed, work, script, false, notes).await,
        StepKind::Own { name, asks_person } => {
            let (outcome, end) = custom_step(context, &entry.passed, name, Some(&work.head), false).await?;
            Ok(outcome.then(match end {
                CustomEnd::Continue => Next::Continue,
                CustomEnd::Refused(why) => {
                    Next::Settle(Box::new(Settlement::send_back(context, *asks_person, why)))
                }
                CustomEnd::Waits(why) if context.claim.purpose == Purpose::Land => Next::Wait(why),
                CustomEnd::Waits(why) => Next::Fault(format!("`{name}` has to wait: {why}")),
            }))
        }
    }
}
