//! Commands on claims: claim, renew, release and expire.

use super::builder::TransitionBuilder;
use super::{Actor, Purpose, Refusal};
use crate::model::{Claim, ClaimToken, EventKind, Hold, Policy, Provisional, State};
use std::time::Duration;

/// Checks the length of a requested lease.
///
/// # Errors
/// [`Refusal::Invalid`] when it is zero or longer than the policy allows.
pub fn check_lease(lease: Duration, policy: &Policy) -> Result<(), Refusal> {
    let longest = policy.max_lease;
    if lease.is_zero() || lease > longest {
        return Err(Refusal::Invalid {
            field: "lease".into(),
            rule: format!("must be more than zero and at most {} seconds", longest.as_secs()),
        });
    }
    Ok(())
}

pub(super) fn claim(
    builder: &mut TransitionBuilder<'_>,
    purpose: Purpose,
    claim: &Claim,
) -> Result<(), Refusal> {
    let lease = claim.lease_expires_at.since(claim.claimed_at);
    check_lease(lease, builder.context.policy)?;
    // Leases are measured by the store's clock alone: the claimer's may be wrong.
    let now = builder.context.now;
    let claim = Claim { claimed_at: now, lease_expires_at: now + lease, ..claim.clone() };
    let agent = claim.holder.agent.to_string();
    let (state, kind) = match (purpose, &builder.task.state) {
        (Purpose::Work, State::Incoming) if claim.from.is_none() => {
            (State::Claimed { claim }, EventKind::Claimed)
        }
        (Purpose::Work, State::Custom { state })
            if claim.from.as_ref() == Some(state) && builder.task.unresolved_blockers().next().is_none() =>
        {
            (State::Claimed { claim }, EventKind::Claimed)
        }
        (Purpose::Review, State::Provisional(Provisional { approval: None, hold: Hold::Free })) => {
            let hold = Hold::Claimed { claim };
            (State::Provisional(Provisional { approval: None, hold }), EventKind::ReviewClaimed)
        }
        (Purpose::Land, State::Provisional(Provisional { approval: Some(approval), hold: Hold::Free })) => {
            let (approval, hold) = (Some(approval.clone()), Hold::Claimed { claim });
            (State::Provisional(Provisional { approval, hold }), EventKind::LandingClaimed)
        }
        (_, state) => {
            if let Some(held) = state.claim() {
                return Err(Refusal::Held {
                    command: "claim".into(),
                    id: builder.task.id.clone(),
                    holder: held.holder.to_string(),
                    until: held.lease_expires_at,
                });
            }
            return Err(builder.wrong_queue(match purpose {
                Purpose::Work => "`incoming`",
                Purpose::Review => "`provisional` before its approval, unless a person has to decide",
                Purpose::Land => "`provisional` after its approval",
            }));
        }
    };
    builder.task.state = state;
    builder.task.attributes.needs_intervention = false;
    builder.task.counters.runs += 1;
    builder.record(kind, &agent, None);
    Ok(())
}

pub(super) fn renew(
    builder: &mut TransitionBuilder<'_>,
    token: &ClaimToken,
    lease: Duration,
) -> Result<(), Refusal> {
    check_lease(lease, builder.context.policy)?;
    builder.claim(token)?;
    let until = builder.context.now + lease;
    if let Some(claim) = builder.task.state.claim_mut() {
        claim.lease_expires_at = until;
    }
    Ok(())
}

pub(super) fn release(
    builder: &mut TransitionBuilder<'_>,
    token: &ClaimToken,
    reason: &str,
) -> Result<(), Refusal> {
    let agent = builder.claim(token)?.holder.agent.to_string();
    let state = without_claim(builder);
    builder.go(state, EventKind::Released, &agent, Some(reason));
    Ok(())
}

/// Returns the state of the task once its claim is gone and nothing else has changed.
fn without_claim(builder: &TransitionBuilder<'_>) -> State {
    match &builder.task.state {
        State::Provisional(Provisional { approval, .. }) => {
            State::Provisional(Provisional { approval: approval.clone(), hold: Hold::Free })
        }
        State::Claimed { claim: Claim { from: Some(state), .. } } => State::Custom { state: state.clone() },
        _ => builder.task.ready_state(),
    }
}

pub(super) fn expire(builder: &mut TransitionBuilder<'_>, actor: &Actor) -> Result<(), Refusal> {
    let Some(claim) = builder.task.state.claim().cloned() else {
        return Err(builder.wrong_queue("a state with a claim"));
    };
    if !claim.is_expired(builder.context.now) {
        return Err(Refusal::NotExpired { id: builder.task.id.clone(), until: claim.lease_expires_at });
    }
    let actor = match actor {
        Actor::System(id) => id.to_string(),
        Actor::Person(name) | Actor::Bystander(name) => name.clone(),
        Actor::Holder(token) | Actor::Reviewer { token, .. } => {
            builder.claim(token)?.holder.agent.to_string()
        }
    };
    let note = format!("the lease of {} ended at {}", claim.holder, claim.lease_expires_at);
    let state = without_claim(builder);
    let landing = matches!(&state, State::Provisional(Provisional { approval: Some(_), .. }));
    builder.go(state, EventKind::LeaseExpired, &actor, Some(&note));
    // A lost landing has cost nothing and is claimed again; a lost agent is charged, so that a task which takes its machine down
    // with it is not retried forever (I15).
    if !landing {
        builder.task.counters.attempts += 1;
        let (spent, bound) = (builder.task.counters.attempts, builder.context.policy.attempts);
        if spent >= bound {
            let reason = format!("{spent} attempts were lost or failed; the last: {note}");
            match &mut builder.task.state {
                State::Provisional(provisional) => {
                    provisional.hold = Hold::Person { reason: reason.clone() };
                    builder.record(EventKind::PersonNeeded, &actor, Some(reason));
                }
                _ => builder.stop(reason, &actor),
            }
        }
    }
    Ok(())
}
