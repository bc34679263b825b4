//! Steps of the embedding program.

use super::StepOutcome;
use super::script::{Passed, unpassed};
use crate::model::{CommitId, StepStatus};
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::work::Proof;
use crate::orchestrator::step::{StepContext, StepEnd};

/// Meaning of a custom step's end for the work.
#[derive(Debug)]
pub(in crate::orchestrator::run) enum CustomEnd {
    Continue,
    /// Something is wrong with the work.
    Refused(String),
    /// It cannot be done now.
    Waits(String),
}

/// Takes a custom step, unless this run has taken it on this very content.
pub(in crate::orchestrator::run) async fn custom_step(
    context: &RunContext,
    passed: &Passed,
    name: &str,
    head: Option<&CommitId>,
    merged: bool,
) -> Result<(StepOutcome, CustomEnd), RunAbort> {
    let Some(step) = context.shared.steps.get(name).cloned() else {
        // What is built has every step that its flows name.
        return Err(RunAbort::Fault(format!("the step `{name}` is not registered")));
    };
    let when = if merged { "after" } else { "before" };
    let key = format!("step {name} {when} the merge");
    let Some(tree) = unpassed(context, passed, &key).await? else {
        return Ok((StepOutcome::passed_before(name), CustomEnd::Continue));
    };
    let at = StepContext {
        task: context.task.clone(),
        run: context.id.clone(),
        repository: context.shared.repository.clone(),
        workspace: context.workspace_path(),
        base_branch: context.base_branch.clone(),
        head: head.cloned(),
        merged,
        cancel: context.interrupt.cancel.clone(),
    };
    let end = tokio::select! {
        end = catch_panic(step.run(&at)) => end.map_err(|words| {
            RunAbort::Fault(format!("the step `{name}` panicked: {words}"))
        })?,
        () = context.interrupt.cancel.cancelled() => {
            context.check()?;
            return Err(RunAbort::Stopping);
        }
    };
    context.check()?;
    let of = |status, words: &str| StepOutcome::of(name, status, words);
    Ok(match end {
        Ok(StepEnd::Done(words)) => {
            (of(StepStatus::Done, &words).with_proof(Proof::Step { key, tree }), CustomEnd::Continue)
        }
        Ok(StepEnd::Skipped(why)) => (of(StepStatus::Skipped, &why), CustomEnd::Continue),
        Ok(StepEnd::Refused(why)) => {
            (of(StepStatus::Refused, &why), CustomEnd::Refused(format!("`{name}` refuses the work: {why}")))
        }
        Ok(StepEnd::Waits(why)) => (of(StepStatus::Waiting, &why), CustomEnd::Waits(why)),
        Err(error) => return Err(RunAbort::Fault(format!("the step `{name}` failed: {error}"))),
    })
}
