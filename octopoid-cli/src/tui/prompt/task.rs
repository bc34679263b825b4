//! Questions about a task.

use super::{Prompt, Subject};
use crate::tui::binding::Verb;
use crate::tui::entry::Entry;
use crate::tui::snapshot::Snapshot;
use crate::tui::text::fit;
use octopoid_core::model::{Message, State, Timestamp};
use octopoid_core::ops::{Decision, Hearing, check_decision, effect, open_question, revert_effect};
use octopoid_core::transition::Actor;

impl Prompt {
    /// Returns the prompt of a verb for a task.
    ///
    /// # Errors
    /// Why it is not possible, in words.
    pub(in crate::tui) fn for_task(
        verb: Verb,
        entry: &Entry,
        thread: &[Message],
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Option<Self>, String> {
        let (task, id) = (&entry.task, entry.task.id.clone());
        let landing = snapshot.here.as_ref().map(|here| &here.landing);
        let does = |decision: Decision| effect(&decision, task, landing);
        let check = |decision: Decision| {
            check_decision(task, decision.clone(), Actor::Person("you".to_owned()), now)
                .map(|()| does(decision))
                .map_err(|error| error.to_string())
        };
        let reason = || "…".to_owned();
        Ok(Some(match verb {
            Verb::Approve => {
                let effect = check(Decision::Approve { comments: String::new() })?;
                match task.attributes.project.as_ref().filter(|_| task.attributes.lands_project) {
                    Some(project) => Self::for_project(project, effect),
                    None => Self::new(
                        Subject::Approve(id.clone()),
                        format!("Approve {id}"),
                        format!("octopoid approve {id}"),
                        effect,
                    ),
                }
            }
            Verb::Reject => {
                let effect = check(Decision::Reject { reason: reason() })?;
                Self::new(
                    Subject::Reject(id.clone()),
                    format!("Request changes of {id}"),
                    format!("octopoid reject {id} REASON"),
                    effect,
                )
            }
            Verb::Retry => {
                let effect = check(Decision::Retry { note: String::new() })?;
                Self::new(
                    Subject::Retry(id.clone()),
                    format!("Let {id} go on"),
                    format!("octopoid retry {id}"),
                    effect,
                )
            }
            Verb::Requeue => {
                let effect = check(Decision::Requeue { reason: None })?;
                Self::new(
                    Subject::Requeue(id.clone()),
                    format!("Put {id} back into the queue"),
                    format!("octopoid requeue {id}"),
                    effect,
                )
            }
            Verb::Cancel => {
                let effect = check(Decision::Cancel { reason: String::new() })?;
                Self::new(
                    Subject::Cancel(id.clone()),
                    format!("Cancel {id}"),
                    format!("octopoid cancel {id}"),
                    effect,
                )
            }
            Verb::Unblock => {
                let Some(blocker) = task.unresolved_blockers().next().cloned() else {
                    return Err(format!("{id} waits for no other task"));
                };
                let effect = check(Decision::Unblock { blocker: blocker.clone() })?;
                Self::new(
                    Subject::Unblock(id.clone()),
                    format!("End a wait of {id}"),
                    format!("octopoid unblock {id} --blocker ID"),
                    effect,
                )
                .starting_with(blocker.as_str())
            }
            Verb::Force => Self::new(
                Subject::Force(id.clone()),
                format!("Move {id} anywhere"),
                format!("octopoid force {id} QUEUE --reason REASON"),
                does(Decision::Force { to: task.place(), reason: reason() }),
            ),
            Verb::Comment => Self::new(
                Subject::Comment(id.clone()),
                format!("Comment on {id}"),
                format!("octopoid comment {id} TEXT"),
                "the next attempt reads it; the task does not move",
            ),
            Verb::Answer => {
                let Some(question) = open_question(thread) else {
                    return Err(format!("{id} has asked nothing that is not answered"));
                };
                let number = question.id;
                let asked = fit(&question.body, 200);
                Self::new(
                    Subject::Answer(id.clone(), number),
                    format!("Answer {id}: {asked}"),
                    format!("octopoid comment {id} TEXT --reply-to {number}"),
                    "the next attempt reads it; a retry lets the task go on",
                )
            }
            Verb::Tell => Self::new(
                Subject::Tell(id.clone()),
                format!("Tell the agent of {id}"),
                format!("octopoid tell {id} TEXT"),
                Hearing::of(&task.state).effect(),
            ),
            Verb::Revert => {
                if !matches!(&task.state, State::Done { landed: Some(_), .. }) {
                    return Err(format!("{id} has landed nothing that could be undone"));
                }
                Self::new(
                    Subject::Revert(id.clone()),
                    format!("Undo what {id} landed"),
                    format!("octopoid revert {id} --reason REASON"),
                    revert_effect(),
                )
            }
            _ => return Ok(None),
        }))
    }
}
