//! What a person decides about a task.

use super::error::renamed;
use super::retry::requeue;
use super::{OpError, Result};
use crate::model::{CommitId, Place, Policy, ReviewVerdict, Scope, Task, TaskId, Timestamp};
use crate::store::{NewReview, Store};
use crate::transition::{Actor, Cause, Command, Context, transition};
use serde::{Deserialize, Serialize};

/// A person's decision about a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Lets submitted work land.
    Approve {
        /// Remarks; may be empty.
        comments: String,
    },
    /// Sends submitted work back, with feedback for the next attempt.
    Reject {
        /// Why; never empty.
        reason: String,
    },
    /// Lets a stopped task go on; [`RetryEffect`](super::RetryEffect) says what that means in each state.
    Retry {
        /// What to tell the next attempt; may be empty.
        note: String,
    },
    /// Puts a task back into the queue: one that is worked on loses its claim and is charged the attempt, a stopped one
    /// goes on as by [`Decision::Retry`].
    Requeue {
        /// Why; none stands for "requeued by hand".
        reason: Option<String>,
    },
    /// Calls the task off.
    Cancel {
        /// Why; may be empty.
        reason: String,
    },
    /// Ends the wait for another task.
    Unblock {
        /// The other task.
        blocker: TaskId,
    },
    /// Moves the task anywhere.
    Force {
        /// Where to; any place but `claimed`.
        to: Place,
        /// Why; never empty.
        reason: String,
    },
}

/// Carries a decision out on a task. Returns the task as it is now.
///
/// # Errors
/// [`OpError::NotBlocked`] for the end of a wait that there is not; otherwise [`OpError::Store`], as
/// [`TaskStore::apply`](crate::store::TaskStore::apply).
pub async fn decide(
    store: &dyn Store,
    scope: &Scope,
    id: &TaskId,
    decision: Decision,
    person: Actor,
) -> Result<Task> {
    let command = command(&store.task(scope, id).await?, decision, person)?;
    // The state machine knows a retry as `continue`.
    Ok(store.apply(scope, id, command).await.map_err(|error| renamed(error, "continue", "retry"))?)
}

/// Carries a decision out on a task as [`decide`], where it is a verdict on the work whose newest commit the person has read: the work
/// must not have changed since. The person's drafts of review comments go with a verdict.
///
/// # Errors
/// As [`decide`]; `Conflict` where the work has changed.
pub async fn decide_on_read(
    store: &dyn Store,
    scope: &Scope,
    id: &TaskId,
    decision: Decision,
    person: Actor,
    head: Option<CommitId>,
) -> Result<Task> {
    let (verdict, summary) = match (&head, decision) {
        (Some(_), Decision::Approve { comments }) => (ReviewVerdict::Approve, comments),
        (Some(_), Decision::Reject { reason }) => (ReviewVerdict::RequestChanges, reason),
        (_, decision) => return decide(store, scope, id, decision, person).await,
    };
    let review = NewReview::new(person, verdict).with_summary(summary).with_head(head);
    Ok(store.send_review(scope, id, review).await?)
}

/// Checks by the rules of the state machine whether a decision is possible for a task as it is, such as before a person is
/// asked for a reason. Pure; the store, which knows the task as it is by then, has the last word.
///
/// # Errors
/// As [`decide`], without those of the store itself.
pub fn check_decision(task: &Task, decision: Decision, person: Actor, now: Timestamp) -> Result<()> {
    let command = command(task, decision, person)?;
    let policy = Policy::default();
    match transition(task, &command, Context { now, policy: &policy }) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(renamed(refusal.into(), "continue", "retry").into()),
    }
}

/// Returns the command that carries a decision out on a task.
fn command(task: &Task, decision: Decision, actor: Actor) -> Result<Command> {
    Ok(match decision {
        Decision::Approve { comments } => Command::Approve { actor, comments },
        Decision::Reject { reason } => Command::Reject { actor, reason, cause: Cause::Review },
        Decision::Retry { note } => Command::Continue { actor, note },
        Decision::Requeue { reason } => requeue(&task.state, actor, reason),
        Decision::Cancel { reason } => Command::Cancel { actor, reason },
        Decision::Unblock { blocker } => {
            check_waits(task, &blocker)?;
            Command::Unblock { actor, blocker }
        }
        Decision::Force { to, reason } => Command::Force { actor, to, reason },
    })
}

/// Checks that a task waits for another: to the store, ending a wait that is over is only a repetition.
fn check_waits(task: &Task, blocker: &TaskId) -> Result<()> {
    let waits_for: Vec<_> = task.unresolved_blockers().cloned().collect();
    if waits_for.contains(blocker) {
        return Ok(());
    }
    Err(OpError::NotBlocked {
        task: task.id.clone(),
        queue: task.queue(),
        blocker: blocker.clone(),
        waits_for,
    })
}
