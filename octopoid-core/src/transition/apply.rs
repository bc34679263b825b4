//! Dispatch of commands to their rules.

use super::builder::TransitionBuilder;
use super::{Command, Context, Refusal, Transition, breakdown, lease, operator, review};
use crate::model::Task;

/// Carries out a command on a task.
///
/// # Errors
/// [`Refusal`] with the reason; the task is unchanged.
pub fn transition(task: &Task, command: &Command, context: Context<'_>) -> Result<Transition, Refusal> {
    let mut builder = TransitionBuilder::new(task, command, context);
    if builder.is_repetition() {
        return Ok(builder.repetition());
    }
    match command {
        Command::Claim { purpose, claim } => {
            if task.state.claim().is_some_and(|held| held.token == claim.token) {
                return Ok(builder.repetition());
            }
            lease::claim(&mut builder, *purpose, claim)?;
        }
        Command::Renew { token, lease } => lease::renew(&mut builder, token, *lease)?,
        Command::Release { token, reason } => lease::release(&mut builder, token, reason)?,
        Command::Expire { actor } => lease::expire(&mut builder, actor)?,
        Command::Submit { token, submission } => review::submit(&mut builder, token, submission)?,
        Command::HandIn { actor, submission } => review::hand_in(&mut builder, actor, submission)?,
        Command::BreakDown { token, subtasks } => breakdown::break_down(&mut builder, token, subtasks)?,
        Command::Approve { actor, comments } => review::approve(&mut builder, actor, comments)?,
        Command::Advance { token, to, role, gates } => {
            review::advance(&mut builder, token, to, role.as_ref(), gates)?;
        }
        Command::Accept { actor, landed } => review::accept(&mut builder, actor, landed.as_ref())?,
        Command::Reject { actor, reason, cause } => review::reject(&mut builder, actor, reason, *cause)?,
        Command::Requeue { actor, reason } => operator::requeue(&mut builder, actor, reason)?,
        Command::Suspend { actor, reason, question } => {
            operator::suspend(&mut builder, actor, reason, *question)?
        }
        Command::Continue { actor, note } => operator::resume(&mut builder, actor, note)?,
        Command::Fail { actor, reason } => operator::fail(&mut builder, actor, reason)?,
        Command::Cancel { actor, reason } => operator::cancel(&mut builder, actor, reason)?,
        Command::Force { actor, to, reason } => operator::force(&mut builder, actor, to, reason)?,
        Command::Block { actor, on } => {
            if !operator::block(&mut builder, actor, on)? {
                return Ok(builder.repetition());
            }
        }
        Command::Unblock { actor, blocker } => {
            if actor.is_person() && task.blockers.iter().all(|one| &one.id != blocker) {
                let rule = format!("{} does not wait for {blocker}", task.id);
                return Err(Refusal::Invalid { field: "blocker".into(), rule });
            }
            if !task.unresolved_blockers().any(|id| id == blocker) {
                return Ok(builder.repetition());
            }
            operator::unblock(&mut builder, actor, blocker)?;
        }
        Command::Update { actor, patch } => operator::update(&mut builder, actor, patch)?,
    }
    Ok(builder.finish())
}
