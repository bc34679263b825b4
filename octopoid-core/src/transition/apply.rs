//! The dispatch from a command to its rules.

use super::draft::Draft;
use super::{Command, Context, Refusal, Transition, breakdown, lease, steer, verdict};
use crate::model::Task;

/// Carries out a command on a task.
///
/// # Errors
/// A [`Refusal`] that says why; the task is then as it was.
pub fn transition(task: &Task, command: &Command, context: Context<'_>) -> Result<Transition, Refusal> {
    let mut draft = Draft::new(task, command, context);
    if draft.is_repetition() {
        return Ok(draft.repetition());
    }
    match command {
        Command::Claim { purpose, claim } => {
            if task.state.claim().is_some_and(|held| held.token == claim.token) {
                return Ok(draft.repetition());
            }
            lease::claim(&mut draft, *purpose, claim)?;
        }
        Command::Renew { token, lease } => lease::renew(&mut draft, token, *lease)?,
        Command::Release { token, reason } => lease::release(&mut draft, token, reason)?,
        Command::Expire { actor } => lease::expire(&mut draft, actor)?,
        Command::Submit { token, submission } => verdict::submit(&mut draft, token, submission)?,
        Command::HandIn { actor, submission } => verdict::hand_in(&mut draft, actor, submission)?,
        Command::BreakDown { token, subtasks } => breakdown::break_down(&mut draft, token, subtasks)?,
        Command::Approve { actor, comments } => verdict::approve(&mut draft, actor, comments)?,
        Command::Advance { token, to, role, gates } => {
            verdict::advance(&mut draft, token, to, role.as_ref(), gates)?;
        }
        Command::Accept { actor, landed } => verdict::accept(&mut draft, actor, landed.as_ref())?,
        Command::Reject { actor, reason, cause } => verdict::reject(&mut draft, actor, reason, *cause)?,
        Command::Requeue { actor, reason } => steer::requeue(&mut draft, actor, reason)?,
        Command::Suspend { actor, reason, question } => steer::suspend(&mut draft, actor, reason, *question)?,
        Command::Continue { actor, note } => steer::resume(&mut draft, actor, note)?,
        Command::Fail { actor, reason } => steer::fail(&mut draft, actor, reason)?,
        Command::Cancel { actor, reason } => steer::cancel(&mut draft, actor, reason)?,
        Command::Force { actor, to, reason } => steer::force(&mut draft, actor, to, reason)?,
        Command::Block { actor, on } => {
            if !steer::block(&mut draft, actor, on)? {
                return Ok(draft.repetition());
            }
        }
        Command::Unblock { actor, blocker } => {
            if actor.is_person() && task.blockers.iter().all(|one| &one.id != blocker) {
                let rule = format!("{} does not wait for {blocker}", task.id);
                return Err(Refusal::Invalid { field: "blocker".into(), rule });
            }
            if !task.unresolved_blockers().any(|id| id == blocker) {
                return Ok(draft.repetition());
            }
            steer::unblock(&mut draft, actor, blocker)?;
        }
        Command::Update { actor, patch } => steer::update(&mut draft, actor, patch)?,
    }
    Ok(draft.finish())
}
