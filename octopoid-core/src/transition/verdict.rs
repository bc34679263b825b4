//! Work handed in, and what becomes of it.

use super::draft::{Draft, need_reason};
use super::{Actor, Cause, Refusal};
use crate::model::{
    Approval, ApprovedWork, ClaimToken, CommitId, EventKind, Gates, Hold, MessageKind, Provisional, Queue,
    Review, RoleName, Standing, State, StateName, Submission,
};

/// Who approves what whoever asked for it wants no review of.
const AUTO_ACCEPT: &str = "auto_accept";

pub(super) fn submit(
    draft: &mut Draft<'_>,
    token: &ClaimToken,
    submission: &Submission,
) -> Result<(), Refusal> {
    let agent = draft.live_claim(token)?.holder.agent.to_string();
    if draft.queue() != Queue::Claimed {
        return Err(draft.wrong_queue("`claimed`"));
    }
    if let Some(summary) = &submission.summary {
        draft.say(MessageKind::Summary, &agent, summary);
    }
    let policy = draft.context.policy;
    let Submission { commits, turns, turn_limit_reached, .. } = *submission;
    keep(draft, submission);
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
            draft.go(state, EventKind::BurnoutDetected, &agent, Some(&reason));
        }
        None => {
            draft.go(waits_for_review(), EventKind::Submitted, &agent, None);
            ask(draft, &submission.review.gates, &agent);
        }
    }
    Ok(())
}

/// Takes work that is there already, for a task that nobody works on.
pub(super) fn hand_in(draft: &mut Draft<'_>, actor: &Actor, submission: &Submission) -> Result<(), Refusal> {
    let by = draft.authorise(actor)?;
    if !matches!(draft.queue(), Queue::Backlog | Queue::Incoming | Queue::NeedsContinuation) {
        return Err(draft.wrong_queue("`backlog`, `incoming` or `needs_continuation`"));
    }
    if draft.task.unresolved_blockers().next().is_some() {
        return Err(draft.wrong_queue("a queue in which it waits for no other task"));
    }
    if let Some(summary) = &submission.summary {
        draft.say(MessageKind::Summary, &by, summary);
    }
    keep(draft, submission);
    draft.go(waits_for_review(), EventKind::Submitted, &by, None);
    ask(draft, &submission.review.gates, &by);
    Ok(())
}

/// Makes this the task's newest submission.
fn keep(draft: &mut Draft<'_>, submission: &Submission) {
    let mut handed_in = Submission { at: Some(draft.context.now), ..submission.clone() };
    handed_in.review.approved_before = None;
    if let Some(last) = draft.task.submission.take() {
        let Review { findings, made_in, approved_before, .. } = last.review;
        let review = &mut handed_in.review;
        (review.earlier_findings, review.approved_before) = (findings, approved_before);
        (review.state, review.made_in) = (made_in.clone(), made_in);
    }
    draft.task.submission = Some(Box::new(handed_in));
}

/// Sees to work that waits for review but that no reviewer is asked for.
fn ask(draft: &mut Draft<'_>, gates: &Gates, agent: &str) {
    if draft.task.attributes.auto_accept || matches!(gates, Gates::Nobody) {
        if gates.wants_person() {
            ask_person(draft, agent, "a person has the last word");
        } else {
            let by = if draft.task.attributes.auto_accept { AUTO_ACCEPT } else { "flow" };
            accept_unseen(draft, by);
        }
    } else if matches!(gates, Gates::Person) {
        ask_person(draft, agent, "a person reviews this work");
    }
}

/// Takes approved work on: to be worked on by another role, or to be reviewed by others.
pub(super) fn advance(
    draft: &mut Draft<'_>,
    token: &ClaimToken,
    to: &StateName,
    role: Option<&RoleName>,
    gates: &Gates,
) -> Result<(), Refusal> {
    let agent = draft.live_claim(token)?.holder.agent.to_string();
    let State::Provisional(Provisional { approval: Some(_), .. }) = &draft.task.state else {
        return Err(draft.wrong_queue("`provisional` after its approval"));
    };
    let Some(submission) = &mut draft.task.submission else {
        return Err(draft.wrong_queue("`provisional` with work that was handed in"));
    };
    let review = std::mem::take(&mut submission.review);
    submission.review = review.passed_on(to.clone(), gates.clone());
    let note = format!("to `{to}`");
    match role {
        Some(role) => {
            submission.review.made_in = Some(to.clone());
            // The conversation so far is another role's.
            submission.session = None;
            draft.task.role = role.clone();
            let state = draft.task.ready_state();
            draft.go(state, EventKind::Advanced, &agent, Some(&note));
        }
        None => {
            draft.go(waits_for_review(), EventKind::Advanced, &agent, Some(&note));
            ask(draft, gates, &agent);
        }
    }
    Ok(())
}

/// Approves what was handed in without a review, because whoever asked for the task, or its flow, wants none. It is no person's
/// approval: where a person has to approve before anything lands, one still has to.
fn accept_unseen(draft: &mut Draft<'_>, by: &str) {
    let approval = Some(Approval { by: by.to_owned(), at: draft.context.now, person: false });
    let state = State::Provisional(Provisional { approval, hold: Hold::Free });
    draft.go(state, EventKind::Approved, by, None);
}

pub(super) fn approve(draft: &mut Draft<'_>, actor: &Actor, comments: &str) -> Result<(), Refusal> {
    let by = draft.authorise(actor)?;
    let State::Provisional(Provisional { approval, .. }) = &draft.task.state else {
        return Err(draft.wrong_queue("`provisional`"));
    };
    let person = actor.is_person();
    // A person may confirm what a reviewer approved; nothing else is approved twice.
    if approval.as_ref().is_some_and(|given| given.person || !person) {
        return Err(draft.wrong_queue("`provisional` before its approval"));
    }
    draft.say(MessageKind::Approval, &by, comments);
    let review = draft.task.submission.as_mut().map(|submission| &mut submission.review);
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
        let note = still_open(draft);
        draft.go(waits_for_review(), EventKind::Approved, &by, Some(&note));
    } else if wants_person {
        draft.go(waits_for_review(), EventKind::Approved, &by, None);
        ask_person(draft, &by, "the reviewers are content; a person has the last word");
    } else {
        let approval = Some(Approval { by: by.clone(), at: draft.context.now, person });
        let state = State::Provisional(Provisional { approval, hold: Hold::Free });
        draft.go(state, EventKind::Approved, &by, None);
    }
    Ok(())
}

const fn waits_for_review() -> State {
    State::Provisional(Provisional { approval: None, hold: Hold::Free })
}

/// Leaves submitted work to a person.
fn ask_person(draft: &mut Draft<'_>, by: &str, reason: &str) {
    let hold = Hold::Person { reason: reason.to_owned() };
    let state = State::Provisional(Provisional { approval: None, hold });
    draft.go(state, EventKind::PersonNeeded, by, Some(reason));
}

/// Whose word is still wanted, in words.
fn still_open(draft: &Draft<'_>) -> String {
    let review = draft.task.review();
    let open: Vec<_> = review.into_iter().flat_map(Review::open).map(RoleName::as_str).collect();
    format!("waits for the word of {}", open.join(" and "))
}

pub(super) fn accept(draft: &mut Draft<'_>, actor: &Actor, landed: Option<&CommitId>) -> Result<(), Refusal> {
    let by = draft.authorise(actor)?;
    if !matches!(draft.queue(), Queue::Provisional | Queue::Claimed) {
        return Err(draft.wrong_queue("`provisional` or `claimed`"));
    }
    let state = State::Done { landed: landed.cloned(), at: draft.context.now };
    draft.go(state, EventKind::Accepted, &by, None);
    Ok(())
}

pub(super) fn reject(
    draft: &mut Draft<'_>,
    actor: &Actor,
    reason: &str,
    cause: Cause,
) -> Result<(), Refusal> {
    need_reason(reason)?;
    let by = draft.authorise(actor)?;
    let holder_at_work =
        draft.queue() == Queue::Claimed && matches!(actor, Actor::Holder(_) | Actor::Reviewer { .. });
    if draft.queue() != Queue::Provisional && !holder_at_work {
        return Err(draft.wrong_queue("`provisional`, or `claimed` by its holder"));
    }
    let policy = draft.context.policy;
    let person = actor.is_person();
    let mut found_again = false;
    if let (Cause::Review, Actor::Reviewer { role, .. }, Some(submission)) =
        (cause, actor, &mut draft.task.submission)
    {
        let review = &mut submission.review;
        found_again = review.find(reason);
        review.rejected.push(role.clone());
        if review.standing() == Standing::Open {
            draft.say(MessageKind::Feedback, &by, reason);
            let note = still_open(draft);
            draft.go(waits_for_review(), EventKind::Rejected, &by, Some(&note));
            return Ok(());
        }
    }
    remember_approval(draft, cause);
    let counters = &mut draft.task.counters;
    counters.rejections += 1;
    let (kind, spent, bound, what) = match cause {
        Cause::Review => {
            // A person's own rejection opens a fresh series of rounds.
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
    draft.say(kind, &by, reason);
    let state = draft.task.ready_state();
    draft.go(state, EventKind::Rejected, &by, Some(first_line(reason)));
    if !person && (spent >= bound || found_again) {
        let why = if spent >= bound {
            format!("{spent} {what} were not enough; the last: {}", first_line(reason))
        } else {
            format!("the same was found wrong twice in a row: {}", first_line(reason))
        };
        if cause == Cause::Review {
            ask_person(draft, &by, &why);
        } else {
            draft.stop(why, &by);
        }
    }
    Ok(())
}

/// Notes what had been approved where a conflict with the base branch sends it back, so that only how the conflict is
/// settled is reviewed then. What is rejected for what it says is reviewed as a whole again.
fn remember_approval(draft: &mut Draft<'_>, cause: Cause) {
    let person = match &draft.before.state {
        State::Provisional(Provisional { approval: Some(approval), .. }) => Some(approval.person),
        _ => None,
    };
    let Some(submission) = &mut draft.task.submission else { return };
    match (cause, person, &submission.base, &submission.head) {
        (Cause::Review, ..) => submission.review.approved_before = None,
        (Cause::Conflict, Some(person), Some(base), Some(head)) => {
            let roles = submission.review.approved.clone();
            // What was let through unseen has been approved by nobody.
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
