//! Commands on submitted work: submit, approve, advance, accept and reject.

use super::builder::{TransitionBuilder, need_reason};
use super::{Actor, Cause, Refusal};
use crate::model::{
    Approval, ApprovedWork, ClaimToken, CommitId, EventKind, Gates, Hold, MessageKind, Provisional, Queue,
    Review, RoleName, Standing, State, StateName, Submission,
};

/// Name under which work is approved when the task's creator asked for no review.
const AUTO_ACCEPT: &str = "auto_accept";

pub(super) fn submit(
    builder: &mut TransitionBuilder<'_>,
    token: &ClaimToken,
    submission: &Submission,
) -> Result<(), Refusal> {
    let agent = builder.live_claim(token)?.holder.agent.to_string();
    if builder.queue() != Queue::Claimed {
        return Err(builder.wrong_queue("`claimed`"));
    }
    if let Some(summary) = &submission.summary {
        builder.say(MessageKind::Summary, &agent, summary);
    }
    let policy = builder.context.policy;
    let Submission { commits, turns, turn_limit_reached, .. } = *submission;
    keep(builder, submission);
    let burnt_out = if turn_limit_reached || turns >= policy.turn_limit {
        Some(format!("the agent was stopped by its limit after {turns} turns, with {commits} commits"))
    } else if commits == 0 && turns >= policy.burnout_turns {
        Some(format!("the agent took {turns} turns without a commit"))
    } else {
        None
    };
    match burnt_out {
        Some(reason) => {
            let state = State::NeedsContinuation { reason: reason.clone() };
            builder.go(state, EventKind::BurnoutDetected, &agent, Some(&reason));
        }
        None => {
            builder.go(waits_for_review(), EventKind::Submitted, &agent, None);
            ask(builder, &submission.review.gates, &agent);
        }
    }
    Ok(())
}

/// Submits existing work for a task that is not claimed.
pub(super) fn hand_in(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    submission: &Submission,
) -> Result<(), Refusal> {
    let by = builder.authorise(actor)?;
    if !matches!(builder.queue(), Queue::Backlog | Queue::Incoming | Queue::NeedsContinuation) {
        return Err(builder.wrong_queue("`backlog`, `incoming` or `needs_continuation`"));
    }
    if builder.task.unresolved_blockers().next().is_some() {
        return Err(builder.wrong_queue("a queue in which it waits for no other task"));
    }
    if let Some(summary) = &submission.summary {
        builder.say(MessageKind::Summary, &by, summary);
    }
    keep(builder, submission);
    builder.go(waits_for_review(), EventKind::Submitted, &by, None);
    ask(builder, &submission.review.gates, &by);
    Ok(())
}

/// Stores the work as the task's newest submission.
fn keep(builder: &mut TransitionBuilder<'_>, submission: &Submission) {
    let mut handed_in = Submission { at: Some(builder.context.now), ..submission.clone() };
    handed_in.review.approved_before = None;
    if let Some(last) = builder.task.submission.take() {
        let Review { findings, made_in, approved_before, .. } = last.review;
        let review = &mut handed_in.review;
        (review.earlier_findings, review.approved_before) = (findings, approved_before);
        (review.state, review.made_in) = (made_in.clone(), made_in);
    }
    builder.task.submission = Some(Box::new(handed_in));
}

/// Handles submitted work that no reviewing agent is asked for: approves it, or asks a person.
fn ask(builder: &mut TransitionBuilder<'_>, gates: &Gates, agent: &str) {
    if builder.task.attributes.auto_accept || matches!(gates, Gates::Nobody) {
        if gates.wants_person() {
            ask_person(builder, agent, "a person has the last word");
        } else {
            let by = if builder.task.attributes.auto_accept { AUTO_ACCEPT } else { "flow" };
            accept_unseen(builder, by);
        }
    } else if matches!(gates, Gates::Person) {
        ask_person(builder, agent, "a person reviews this work");
    }
}

/// Moves approved work to the next state: to be worked on by another role, or to be reviewed by others.
pub(super) fn advance(
    builder: &mut TransitionBuilder<'_>,
    token: &ClaimToken,
    to: &StateName,
    role: Option<&RoleName>,
    gates: &Gates,
) -> Result<(), Refusal> {
    let agent = builder.live_claim(token)?.holder.agent.to_string();
    let State::Provisional(Provisional { approval: Some(_), .. }) = &builder.task.state else {
        return Err(builder.wrong_queue("`provisional` after its approval"));
    };
    let Some(submission) = &mut builder.task.submission else {
        return Err(builder.wrong_queue("`provisional` with work that was handed in"));
    };
    let review = std::mem::take(&mut submission.review);
    submission.review = review.passed_on(to.clone(), gates.clone());
    let note = format!("to `{to}`");
    match role {
        Some(role) => {
            submission.review.made_in = Some(to.clone());
            // The session so far belongs to another role.
            submission.session = None;
            builder.task.role = role.clone();
            let state = builder.task.ready_state();
            builder.go(state, EventKind::Advanced, &agent, Some(&note));
        }
        None => {
            builder.go(waits_for_review(), EventKind::Advanced, &agent, Some(&note));
            ask(builder, gates, &agent);
        }
    }
    Ok(())
}

/// Approves submitted work without a review, because the task's creator or its flow requires none.
///
/// This is no person's approval: if a person has to approve before anything lands, one still has to.
fn accept_unseen(builder: &mut TransitionBuilder<'_>, by: &str) {
    let approval = Some(Approval { by: by.to_owned(), at: builder.context.now, person: false });
    let state = State::Provisional(Provisional { approval, hold: Hold::Free });
    builder.go(state, EventKind::Approved, by, None);
}

pub(super) fn approve(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    comments: &str,
) -> Result<(), Refusal> {
    let by = builder.authorise(actor)?;
    let State::Provisional(Provisional { approval, .. }) = &builder.task.state else {
        return Err(builder.wrong_queue("`provisional`"));
    };
    let person = actor.is_person();
    // A person may confirm what a reviewer approved; nothing else is approved twice.
    if approval.as_ref().is_some_and(|given| given.person || !person) {
        return Err(builder.wrong_queue("`provisional` before its approval"));
    }
    builder.say(MessageKind::Approval, &by, comments);
    let review = builder.task.submission.as_mut().map(|submission| &mut submission.review);
    let (standing, wants_person) = match (actor, review) {
        (Actor::Person(_) | Actor::Bystander(_), _) | (_, None) => (Standing::Passed, false),
        (Actor::Reviewer { role, .. }, Some(review)) => {
            if !review.approved.contains(role) {
                review.approved.push(role.clone());
            }
            (review.standing(), review.gates.wants_person())
        }
        (Actor::Holder(_) | Actor::System(_), Some(review)) => {
            (Standing::Passed, review.gates.wants_person())
        }
    };
    if standing != Standing::Passed {
        let note = still_open(builder);
        builder.go(waits_for_review(), EventKind::Approved, &by, Some(&note));
    } else if wants_person {
        builder.go(waits_for_review(), EventKind::Approved, &by, None);
        ask_person(builder, &by, "the reviewers approved; a person has the last word");
    } else {
        let approval = Some(Approval { by: by.clone(), at: builder.context.now, person });
        let state = State::Provisional(Provisional { approval, hold: Hold::Free });
        builder.go(state, EventKind::Approved, &by, None);
    }
    Ok(())
}

const fn waits_for_review() -> State {
    State::Provisional(Provisional { approval: None, hold: Hold::Free })
}

/// Leaves submitted work to a person's decision.
fn ask_person(builder: &mut TransitionBuilder<'_>, by: &str, reason: &str) {
    let hold = Hold::Person { reason: reason.to_owned() };
    let state = State::Provisional(Provisional { approval: None, hold });
    builder.go(state, EventKind::PersonNeeded, by, Some(reason));
}

/// Returns a note naming the roles whose verdict is still missing.
fn still_open(builder: &TransitionBuilder<'_>) -> String {
    let review = builder.task.review();
    let open: Vec<_> = review.into_iter().flat_map(Review::open).map(RoleName::as_str).collect();
    format!("waits for the verdict of {}", open.join(" and "))
}

pub(super) fn accept(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    landed: Option<&CommitId>,
) -> Result<(), Refusal> {
    let by = builder.authorise(actor)?;
    if !matches!(builder.queue(), Queue::Provisional | Queue::Claimed) {
        return Err(builder.wrong_queue("`provisional` or `claimed`"));
    }
    let state = State::Done { landed: landed.cloned(), at: builder.context.now };
    builder.go(state, EventKind::Accepted, &by, None);
    Ok(())
}

pub(super) fn reject(
    builder: &mut TransitionBuilder<'_>,
    actor: &Actor,
    reason: &str,
    cause: Cause,
) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = builder.authorise(actor)?;
    let holder_at_work =
        builder.queue() == Queue::Claimed && matches!(actor, Actor::Holder(_) | Actor::Reviewer { .. });
    if builder.queue() != Queue::Provisional && !holder_at_work {
        return Err(builder.wrong_queue("`provisional`, or `claimed` by its holder"));
    }
    let policy = builder.context.policy;
    let person = actor.is_person();
    let mut found_again = false;
    if let (Cause::Review, Actor::Reviewer { role, .. }, Some(submission)) =
        (cause, actor, &mut builder.task.submission)
    {
        let review = &mut submission.review;
        found_again = review.find(reason);
        review.rejected.push(role.clone());
        if review.standing() == Standing::Open {
            builder.say(MessageKind::Feedback, &by, reason);
            let note = still_open(builder);
            builder.go(waits_for_review(), EventKind::Rejected, &by, Some(&note));
            return Ok(());
        }
    }
    remember_approval(builder, cause);
    let counters = &mut builder.task.counters;
    counters.rejections += 1;
    let (kind, spent, bound, what) = match cause {
        Cause::Review => {
            // A person's own rejection starts a new series of rounds.
            counters.review_rounds = if person { 0 } else { counters.review_rounds + 1 };
            (MessageKind::Feedback, counters.review_rounds, policy.review_rounds, "review rounds")
        }
        Cause::Tests => {
            counters.attempts += 1;
            (MessageKind::TestFailure, counters.attempts, policy.attempts, "attempts")
        }
        Cause::Conflict => {
            counters.conflicts += 1;
            (MessageKind::Conflict, counters.conflicts, policy.conflicts, "conflicts with the base branch")
        }
    };
    builder.say(kind, &by, reason);
    let state = builder.task.ready_state();
    builder.go(state, EventKind::Rejected, &by, Some(first_line(reason)));
    if !person && (spent >= bound || found_again) {
        let why = if spent >= bound {
            format!("{spent} {what} were not enough; the last: {}", first_line(reason))
        } else {
            format!("the same was found wrong twice in a row: {}", first_line(reason))
        };
        if cause == Cause::Review {
            ask_person(builder, &by, &why);
        } else {
            builder.stop(why, &by);
        }
    }
    Ok(())
}

/// Records what had been approved when a conflict with the base branch sends it back, so that only the resolution of the
/// conflict is reviewed later.
///
/// Work rejected for its content is reviewed as a whole again.
fn remember_approval(builder: &mut TransitionBuilder<'_>, cause: Cause) {
    let person = match &builder.before.state {
        State::Provisional(Provisional { approval: Some(approval), .. }) => Some(approval.person),
        _ => None,
    };
    let Some(submission) = &mut builder.task.submission else { return };
    match (cause, person, &submission.base, &submission.head) {
        (Cause::Review, ..) => submission.review.approved_before = None,
        (Cause::Conflict, Some(person), Some(base), Some(head)) => {
            let roles = submission.review.approved.clone();
            // Work approved without a review has no approval to remember.
            if person || !roles.is_empty() {
                let (base, head) = (base.clone(), head.clone());
                submission.review.approved_before =
                    Some(Box::new(ApprovedWork { base, head, roles, person }));
            }
        }
        _ => {}
    }
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}
