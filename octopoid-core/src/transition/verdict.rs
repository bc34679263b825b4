//! Work handed in, and what becomes of it.

use super::draft::{Draft, need_reason};
use super::{Actor, Cause, Refusal};
use crate::model::{
    Approval, ClaimToken, CommitId, EventKind, Hold, MessageKind, Provisional, Queue, State, Submission,
};

/// Who approves what needs no review.
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
    draft.task.submission = Some(Submission { at: Some(draft.context.now), ..submission.clone() });
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
            let state = State::Provisional(Provisional { approval: None, hold: Hold::Free });
            draft.go(state, EventKind::Submitted, &agent, None);
            if draft.task.attributes.auto_accept {
                accept_unseen(draft);
            }
        }
    }
    Ok(())
}

/// Approves what was handed in without a review, because whoever asked for the task wants none. It is no person's
/// approval: where a person has to approve before anything lands, one still has to.
fn accept_unseen(draft: &mut Draft<'_>) {
    let approval = Some(Approval { by: AUTO_ACCEPT.to_owned(), at: draft.context.now, person: false });
    let state = State::Provisional(Provisional { approval, hold: Hold::Free });
    draft.go(state, EventKind::Approved, AUTO_ACCEPT, None);
}

pub(super) fn approve(draft: &mut Draft<'_>, actor: &Actor, comments: &str) -> Result<(), Refusal> {
    let by = draft.authorise(actor)?;
    let State::Provisional(Provisional { approval, .. }) = &draft.task.state else {
        return Err(draft.wrong_queue("`provisional`"));
    };
    let person = matches!(actor, Actor::Person(_));
    // A person may confirm what a reviewer approved; nothing else is approved twice.
    if approval.as_ref().is_some_and(|given| given.person || !person) {
        return Err(draft.wrong_queue("`provisional` before its approval"));
    }
    draft.say(MessageKind::Approval, &by, comments);
    let approval = Some(Approval { by: by.clone(), at: draft.context.now, person });
    let state = State::Provisional(Provisional { approval, hold: Hold::Free });
    draft.go(state, EventKind::Approved, &by, None);
    Ok(())
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
    let holder_at_work = draft.queue() == Queue::Claimed && matches!(actor, Actor::Holder(_));
    if draft.queue() != Queue::Provisional && !holder_at_work {
        return Err(draft.wrong_queue("`provisional`, or `claimed` by its holder"));
    }
    let policy = draft.context.policy;
    let person = matches!(actor, Actor::Person(_));
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
    if !person && spent >= bound {
        let why = format!("{spent} {what} were not enough; the last: {}", first_line(reason));
        if cause == Cause::Review {
            let hold = Hold::Person { reason: why.clone() };
            let state = State::Provisional(Provisional { approval: None, hold });
            draft.go(state, EventKind::PersonNeeded, &by, Some(&why));
        } else {
            draft.stop(why, &by);
        }
    }
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}
