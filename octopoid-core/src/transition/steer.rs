//! What people, and orchestrators on their rules, do to a task's course.

use super::breakdown::follow_patch;
use super::create::{check_branch, check_description, check_title};
use super::draft::{Draft, need_reason};
use super::{Actor, Context, Refusal};
use crate::model::state::CANCELLED;
use crate::model::{
    Counters, EventKind, Hold, MessageKind, Place, Provisional, Queue, State, Task, TaskId, TaskPatch,
};

pub(super) fn requeue(draft: &mut Draft<'_>, actor: &Actor, reason: &str) -> Result<(), Refusal> {
    let by = draft.authorise(actor)?;
    if !matches!(draft.queue(), Queue::Claimed | Queue::Provisional) {
        return Err(draft.wrong_queue("`claimed` or `provisional`"));
    }
    draft.task.counters.attempts += 1;
    // The next attempt is told; a review that failed says nothing about the work.
    if draft.queue() == Queue::Claimed {
        let kind = if actor.is_person() { MessageKind::Comment } else { MessageKind::Returned };
        draft.say(kind, &by, reason);
    }
    // A failed review leaves the work where it is: it is the review that is tried again.
    let state = match (&draft.task.state, actor) {
        (State::Provisional(provisional), Actor::Holder(_) | Actor::Reviewer { .. }) => {
            State::Provisional(Provisional { approval: provisional.approval.clone(), hold: Hold::Free })
        }
        _ => draft.task.ready_state(),
    };
    draft.go(state, EventKind::Requeued, &by, Some(reason));
    let (spent, bound) = (draft.task.counters.attempts, draft.context.policy.attempts);
    if !actor.is_person() && spent >= bound {
        let why = format!("{spent} attempts were not enough; the last: {reason}");
        match &mut draft.task.state {
            State::Provisional(provisional) => {
                provisional.hold = Hold::Person { reason: why.clone() };
                draft.record(EventKind::PersonNeeded, &by, Some(why));
            }
            _ => draft.stop(why, &by),
        }
    }
    Ok(())
}

pub(super) fn suspend(
    draft: &mut Draft<'_>,
    actor: &Actor,
    reason: &str,
    question: bool,
) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = draft.authorise(actor)?;
    if !matches!(draft.queue(), Queue::Claimed | Queue::Provisional | Queue::Incoming) {
        return Err(draft.wrong_queue("`incoming`, `claimed` or `provisional`"));
    }
    if question {
        draft.say(MessageKind::Question, &by, reason);
    }
    draft.stop(reason.to_owned(), &by);
    Ok(())
}

pub(super) fn resume(draft: &mut Draft<'_>, actor: &Actor, note: &str) -> Result<(), Refusal> {
    let by = draft.person(actor)?;
    let aside = matches!(draft.queue(), Queue::Backlog | Queue::Custom);
    if draft.task.state.needs_person().is_none() && !aside {
        return Err(draft.wrong_queue(
            "`needs_continuation`, `failed`, `backlog`, a state that a flow adds, or `provisional` where a person has to decide",
        ));
    }
    draft.say(MessageKind::Comment, &by, note);
    let Counters { runs, rejections, .. } = draft.task.counters;
    draft.task.counters = Counters { runs, rejections, ..Counters::default() };
    let state = draft.ready_state();
    draft.go(state, EventKind::Continued, &by, Some(note));
    Ok(())
}

pub(super) fn fail(draft: &mut Draft<'_>, actor: &Actor, reason: &str) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = draft.authorise(actor)?;
    if matches!(draft.queue(), Queue::Done | Queue::Failed) {
        return Err(draft.wrong_queue("any queue but `done` and `failed`"));
    }
    // So begins only what a person called off: an agent's words do not pass for that.
    let words = match reason.starts_with(CANCELLED) {
        true => format!("failed: {reason}"),
        false => reason.to_owned(),
    };
    draft.go(State::Failed { reason: words.clone() }, EventKind::Failed, &by, Some(&words));
    Ok(())
}

pub(super) fn cancel(draft: &mut Draft<'_>, actor: &Actor, reason: &str) -> Result<(), Refusal> {
    let by = draft.person(actor)?;
    if matches!(draft.queue(), Queue::Done | Queue::Failed) {
        return Err(draft.wrong_queue("any queue but `done` and `failed`"));
    }
    let words = match reason.trim() {
        "" => format!("{CANCELLED}{by}"),
        reason => format!("{CANCELLED}{by}: {reason}"),
    };
    draft.go(State::Failed { reason: words.clone() }, EventKind::Cancelled, &by, Some(&words));
    Ok(())
}

pub(super) fn force(draft: &mut Draft<'_>, actor: &Actor, to: &Place, reason: &str) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = draft.person(actor)?;
    if *to == Place::Queue(Queue::Incoming) {
        // The person's word outweighs what the task waited for.
        for blocker in &mut draft.task.blockers {
            blocker.resolved = true;
        }
        // One that was broken down is taken up again as a whole.
        if let Some(breakdown) = &mut draft.task.breakdown {
            breakdown.done = false;
        }
    }
    let state = place_at(&draft.task, to, reason, draft.context)?;
    draft.say_as("force_queue", &by, &format!("moved to `{to}` by hand: {reason}"));
    draft.go(state, EventKind::Forced, &by, Some(reason));
    Ok(())
}

/// Returns the state of a task that is put at a place.
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

/// Whether there is anything new to wait for.
pub(super) fn block(draft: &mut Draft<'_>, actor: &Actor, on: &[TaskId]) -> Result<bool, Refusal> {
    let by = draft.authorise(actor)?;
    if !matches!(draft.queue(), Queue::Backlog | Queue::Blocked | Queue::Incoming | Queue::Custom) {
        return Err(draft.wrong_queue("`backlog`, `blocked`, `incoming` or a state that a flow adds"));
    }
    if on.iter().all(|id| draft.task.unresolved_blockers().any(|known| known == id)) {
        return Ok(false);
    }
    draft.wait_for(on);
    let state = match &draft.task.state {
        aside @ (State::Backlog | State::Custom { .. }) => aside.clone(),
        _ => draft.task.ready_state(),
    };
    let names: Vec<_> = draft.task.unresolved_blockers().map(TaskId::to_string).collect();
    let note = format!("waits for {}", names.join(", "));
    draft.go(state, EventKind::Blocked, &by, Some(&note));
    Ok(true)
}

pub(super) fn unblock(draft: &mut Draft<'_>, actor: &Actor, blocker: &TaskId) -> Result<(), Refusal> {
    let by = match actor {
        Actor::System(id) => id.to_string(),
        other => draft.authorise(other)?,
    };
    for one in draft.task.blockers.iter_mut().filter(|one| &one.id == blocker) {
        one.resolved = true;
    }
    let state = if draft.queue() == Queue::Blocked { draft.ready_state() } else { draft.task.state.clone() };
    let note = Some(format!("{blocker} no longer stands in the way"));
    if matches!(state, State::Done { .. }) && draft.queue() == Queue::Blocked {
        draft.record(EventKind::Unblocked, &by, note);
        draft.go(state, EventKind::Accepted, &by, Some("all its parts are done"));
    } else {
        draft.task.state = state;
        draft.record(EventKind::Unblocked, &by, note);
    }
    Ok(())
}

pub(super) fn update(draft: &mut Draft<'_>, actor: &Actor, patch: &TaskPatch) -> Result<(), Refusal> {
    let by = match actor {
        Actor::System(id) => id.to_string(),
        other => draft.authorise(other)?,
    };
    if let Some(expected) = patch.version
        && expected != draft.task.version
    {
        return Err(Refusal::Version { id: draft.task.id.clone(), is: draft.task.version, expected });
    }
    let mut changed = Vec::new();
    if let Some(title) = &patch.title {
        check_title(title)?;
        draft.task.title = title.trim().to_owned();
        changed.push("title");
    }
    if let Some(description) = &patch.description {
        check_description(description)?;
        draft.task.description = description.clone();
        changed.push("description");
    }
    if let Some(role) = &patch.role {
        draft.task.role = role.clone();
        changed.push("role");
    }
    if let Some(priority) = patch.priority {
        draft.task.priority = priority;
        changed.push("priority");
    }
    if let Some(complexity) = patch.complexity {
        draft.task.complexity = complexity;
        changed.push("complexity");
    }
    if let Some(branch) = &patch.branch {
        branch.as_deref().map_or(Ok(()), check_branch)?;
        // A landing in hand is the lock of the branch that the task names (I20).
        if let Some(claim) = draft.before.state.landing()
            && *branch != draft.before.branch
        {
            return Err(Refusal::Held {
                command: "update".into(),
                id: draft.task.id.clone(),
                holder: claim.holder.to_string(),
                until: claim.lease_expires_at,
            });
        }
        draft.task.branch = branch.clone();
        changed.push("branch");
    }
    if !patch.attributes.is_empty() {
        draft.task.attributes = draft.task.attributes.merged(&patch.attributes)?;
        changed.extend(patch.attributes.keys().map(String::as_str));
    }
    follow_patch(&mut draft.task, draft.before, patch);
    if changed.is_empty() {
        return Err(Refusal::Invalid { field: "patch".into(), rule: "changes nothing".to_owned() });
    }
    draft.record(EventKind::Updated, &by, Some(changed.join(", ")));
    Ok(())
}
