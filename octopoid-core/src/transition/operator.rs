//! Commands of people, and of orchestrators applying rules, that steer a task.

use super::breakdown::follow_patch;
use super::builder::{TransitionBuilder, need_reason};
use super::text::{check_branch, check_description, check_title};
use super::{Actor, Context, Refusal};
use crate::model::state::CANCELLED;
use crate::model::{
    Counters, EventKind, Hold, MessageKind, Place, Provisional, Queue, State, Task, TaskId, TaskPatch,
};

pub(super) fn requeue(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    reason: &str,
) -> Result<(), Refusal> {
    let by = builder.authorise(actor)?;
    if !matches!(builder.queue(), Queue::Claimed | Queue::Provisional) {
        return Err(builder.wrong_queue("`claimed` or `provisional`"));
    }
    builder.task.counters.attempts += 1;
    // The reason is posted for the next attempt; a failed review says nothing about the work.
    if builder.queue() == Queue::Claimed {
        let kind = if actor.is_person() { MessageKind::Comment } else { MessageKind::Returned };
        builder.say(kind, &by, reason);
    }
    // A failed review leaves the work in `provisional`: only the review is retried.
    let state = match (&builder.task.state, actor) {
        (State::Provisional(provisional), Actor::Holder(_) | Actor::Reviewer { .. }) => {
            State::Provisional(Provisional { approval: provisional.approval.clone(), hold: Hold::Free })
        }
        _ => builder.task.ready_state(),
    };
    builder.go(state, EventKind::Requeued, &by, Some(reason));
    let (spent, bound) = (builder.task.counters.attempts, builder.context.policy.attempts);
    if !actor.is_person() && spent >= bound {
        let why = format!("{spent} attempts were not enough; the last: {reason}");
        match &mut builder.task.state {
            State::Provisional(provisional) => {
                provisional.hold = Hold::Person { reason: why.clone() };
                builder.record(EventKind::PersonNeeded, &by, Some(why));
            }
            _ => builder.stop(why, &by),
        }
    }
    Ok(())
}

pub(super) fn suspend(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    reason: &str,
    question: bool,
) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = builder.authorise(actor)?;
    if !matches!(builder.queue(), Queue::Claimed | Queue::Provisional | Queue::Incoming) {
        return Err(builder.wrong_queue("`incoming`, `claimed` or `provisional`"));
    }
    if question {
        builder.say(MessageKind::Question, &by, reason);
    }
    builder.stop(reason.to_owned(), &by);
    Ok(())
}

pub(super) fn resume(builder: &mut TransitionBuilder<'_>, actor: &Actor, note: &str) -> Result<(), Refusal> {
    let by = builder.person(actor)?;
    let aside = matches!(builder.queue(), Queue::Backlog | Queue::Custom);
    if builder.task.state.needs_person().is_none() && !aside {
        return Err(builder.wrong_queue(
            "`needs_continuation`, `failed`, `backlog`, a state that a flow adds, or `provisional` where a person has to decide",
        ));
    }
    builder.say(MessageKind::Comment, &by, note);
    let Counters { runs, rejections, .. } = builder.task.counters;
    builder.task.counters = Counters { runs, rejections, ..Counters::default() };
    let state = builder.ready_state();
    builder.go(state, EventKind::Continued, &by, Some(note));
    Ok(())
}

pub(super) fn fail(builder: &mut TransitionBuilder<'_>, actor: &Actor, reason: &str) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = builder.authorise(actor)?;
    if matches!(builder.queue(), Queue::Done | Queue::Failed) {
        return Err(builder.wrong_queue("any queue but `done` and `failed`"));
    }
    // Only a person's cancellation begins like this: an agent's text must not pass for one.
    let words = match reason.starts_with(CANCELLED) {
        true => format!("failed: {reason}"),
        false => reason.to_owned(),
    };
    builder.go(State::Failed { reason: words.clone() }, EventKind::Failed, &by, Some(&words));
    Ok(())
}

pub(super) fn cancel(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    reason: &str,
) -> Result<(), Refusal> {
    let by = builder.person(actor)?;
    if matches!(builder.queue(), Queue::Done | Queue::Failed) {
        return Err(builder.wrong_queue("any queue but `done` and `failed`"));
    }
    let words = match reason.trim() {
        "" => format!("{CANCELLED}{by}"),
        reason => format!("{CANCELLED}{by}: {reason}"),
    };
    builder.go(State::Failed { reason: words.clone() }, EventKind::Cancelled, &by, Some(&words));
    Ok(())
}

pub(super) fn force(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    to: &Place,
    reason: &str,
) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = builder.person(actor)?;
    if *to == Place::Queue(Queue::Incoming) {
        // The person's decision overrides the blockers.
        for blocker in &mut builder.task.blockers {
            blocker.resolved = true;
        }
        // A task that was broken down is taken up again as a whole.
        if let Some(breakdown) = &mut builder.task.breakdown {
            breakdown.done = false;
        }
    }
    let state = place_at(&builder.task, to, reason, builder.context)?;
    builder.say_as("force_queue", &by, &format!("moved to `{to}` by hand: {reason}"));
    builder.go(state, EventKind::Forced, &by, Some(reason));
    Ok(())
}

/// Returns the state of a task that is moved to a queue or flow state.
pub(super) fn place_at(
    task: &Task,
    place: &Place,
    reason: &str,
    context: Context<'_>,
) -> Result<State, Refusal> {
    let refused = |rule: &str| Err(Refusal::Invalid { field: "queue".into(), rule: rule.to_owned() });
    let queue = match place {
        Place::State(state) => return Ok(State::Custom { state: state.clone() }),
        Place::Queue(queue) => queue,
    };
    Ok(match queue {
        Queue::Backlog => State::Backlog,
        Queue::Incoming => task.ready_state(),
        Queue::Blocked if task.unresolved_blockers().next().is_some() => State::Blocked,
        Queue::Blocked => return refused("`blocked` needs a blocker that is not done; add one with `block`"),
        Queue::Claimed => return refused("`claimed` cannot be forced: a claim needs a holder"),
        Queue::Custom => return refused("name the state"),
        Queue::Provisional => State::Provisional(Provisional { approval: None, hold: Hold::Free }),
        Queue::NeedsContinuation => State::NeedsContinuation { reason: reason.to_owned() },
        Queue::Done => State::Done { landed: None, at: context.now },
        Queue::Failed => State::Failed { reason: reason.to_owned() },
    })
}

/// Adds blockers; returns whether there was any new one.
pub(super) fn block(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    on: &[TaskId],
) -> Result<bool, Refusal> {
    let by = builder.authorise(actor)?;
    if !matches!(builder.queue(), Queue::Backlog | Queue::Blocked | Queue::Incoming | Queue::Custom) {
        return Err(builder.wrong_queue("`backlog`, `blocked`, `incoming` or a state that a flow adds"));
    }
    if on.iter().all(|id| builder.task.unresolved_blockers().any(|known| known == id)) {
        return Ok(false);
    }
    builder.wait_for(on);
    let state = match &builder.task.state {
        aside @ (State::Backlog | State::Custom { .. }) => aside.clone(),
        _ => builder.task.ready_state(),
    };
    let names: Vec<_> = builder.task.unresolved_blockers().map(TaskId::to_string).collect();
    let note = format!("waits for {}", names.join(", "));
    builder.go(state, EventKind::Blocked, &by, Some(&note));
    Ok(true)
}

pub(super) fn unblock(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    blocker: &TaskId,
) -> Result<(), Refusal> {
    let by = match actor {
        Actor::System(id) => id.to_string(),
        other => builder.authorise(other)?,
    };
    for one in builder.task.blockers.iter_mut().filter(|one| &one.id == blocker) {
        one.resolved = true;
    }
    let state =
        if builder.queue() == Queue::Blocked { builder.ready_state() } else { builder.task.state.clone() };
    let note = Some(format!("{blocker} no longer blocks it"));
    if matches!(state, State::Done { .. }) && builder.queue() == Queue::Blocked {
        builder.record(EventKind::Unblocked, &by, note);
        builder.go(state, EventKind::Accepted, &by, Some("all its parts are done"));
    } else {
        builder.task.state = state;
        builder.record(EventKind::Unblocked, &by, note);
    }
    Ok(())
}

pub(super) fn update(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    patch: &TaskPatch,
) -> Result<(), Refusal> {
    let by = match actor {
        Actor::System(id) => id.to_string(),
        other => builder.authorise(other)?,
    };
    if let Some(expected) = patch.version
        && expected != builder.task.version
    {
        return Err(Refusal::Version { id: builder.task.id.clone(), is: builder.task.version, expected });
    }
    let mut changed = Vec::new();
    if let Some(title) = &patch.title {
        check_title(title)?;
        builder.task.title = title.trim().to_owned();
        changed.push("title");
    }
    if let Some(description) = &patch.description {
        check_description(description)?;
        builder.task.description = description.clone();
        changed.push("description");
    }
    if let Some(role) = &patch.role {
        builder.task.role = role.clone();
        changed.push("role");
    }
    if let Some(priority) = patch.priority {
        builder.task.priority = priority;
        changed.push("priority");
    }
    if let Some(complexity) = patch.complexity {
        builder.task.complexity = complexity;
        changed.push("complexity");
    }
    if let Some(branch) = &patch.branch {
        branch.as_deref().map_or(Ok(()), check_branch)?;
        // A claim for landing is the lock of the branch that the task names (I20).
        if let Some(claim) = builder.before.state.landing()
            && *branch != builder.before.branch
        {
            return Err(Refusal::Held {
                command: "update".into(),
                id: builder.task.id.clone(),
                holder: claim.holder.to_string(),
                until: claim.lease_expires_at,
            });
        }
        builder.task.branch = branch.clone();
        changed.push("branch");
    }
    if !patch.attributes.is_empty() {
        builder.task.attributes = builder.task.attributes.merged(&patch.attributes)?;
        changed.extend(patch.attributes.keys().map(String::as_str));
    }
    follow_patch(&mut builder.task, builder.before, patch);
    if changed.is_empty() {
        return Err(Refusal::Invalid { field: "patch".into(), rule: "changes nothing".to_owned() });
    }
    builder.record(EventKind::Updated, &by, Some(changed.join(", ")));
    Ok(())
}
