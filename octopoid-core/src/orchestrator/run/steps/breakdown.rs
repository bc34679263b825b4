//! The step `break down`: a task that is to be done in subtasks.

use crate::model::{RoleName, StepStatus, Subtask, TaskId};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Note;
use crate::orchestrator::run::retry::find;
use crate::transition::{Command, Refusal, check_depth, check_subtasks};

/// The step's name.
const STEP: &str = "break down";

/// Returns why the task's subtasks would be too deep, if they would: it is known before the agent costs anything.
pub(in crate::orchestrator::run) async fn too_deep(context: &RunContext) -> Result<Option<String>, RunAbort> {
    if context.task.role != RoleName::breakdown() || context.task.attributes.parent.is_none() {
        return Ok(None);
    }
    let checked = check_depth(ancestors(context).await?, context.shared.store.policy());
    let problem = checked.err().map(rule);
    Ok(problem.map(|problem| format!("it cannot be broken down: {problem}; give it another role")))
}

/// Returns the command that creates the subtasks, all at once, so that nothing half-done can remain. An invalid graph is the
/// agent's failure, and is charged.
pub(in crate::orchestrator::run) async fn break_down(
    context: &RunContext,
    mut subtasks: Vec<Subtask>,
) -> Result<(Note, Command), RunAbort> {
    for subtask in &mut subtasks {
        subtask.title = context.log.clean(subtask.title.trim().lines().next().unwrap_or_default());
        subtask.description = context.log.clean(&subtask.description);
    }
    let (status, words, command) =
        match check_subtasks(&subtasks, ancestors(context).await?, context.shared.store.policy()) {
            Ok(()) => (
                StepStatus::Done,
                format!("{} parts", subtasks.len()),
                Command::BreakDown { token: context.claim.token.clone(), subtasks },
            ),
            Err(error) => {
                let reason = format!("the task cannot be broken down like this: {}", rule(error));
                let command = Command::Requeue { actor: context.holder(), reason: reason.clone() };
                (StepStatus::Refused, reason, command)
            }
        };
    Ok((Note::new(STEP, status, words), command))
}

/// Returns the number of tasks that this one is a part of, one within the other.
async fn ancestors(context: &RunContext) -> Result<u32, RunAbort> {
    let deepest = context.shared.store.policy().max_depth;
    let (mut count, mut above) = (0, context.task.attributes.parent.clone());
    // What a client wrote as a parent may be anything, also a circle.
    while let Some(id) = above.filter(|_| count < deepest) {
        count += 1;
        above = parent_of(context, &id).await?;
    }
    Ok(count)
}

async fn parent_of(context: &RunContext, id: &TaskId) -> Result<Option<TaskId>, RunAbort> {
    context.check()?;
    let task = find(context, || context.shared.store.task(&context.task.scope, id)).await?;
    Ok(task.and_then(|task| task.attributes.parent))
}

/// Returns a refusal without the field's name, which is the store's business.
fn rule(refusal: Refusal) -> String {
    match refusal {
        Refusal::Invalid { rule, .. } => rule,
        other => other.to_string(),
    }
}
