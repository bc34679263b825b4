//! Leases that run out.

use super::setting::{LEASE, Setting, holder, shows};
use super::verdict::{Verdict, holds, refused, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{ClaimToken, EventKind, Queue, Submission};
use octopoid_core::store::{ErrorKind, StoreExt};
use octopoid_core::transition::{Command, Purpose};
use std::time::Duration;

pub(super) async fn an_expired_lease_is_claimable_again(s: Setting) -> Verdict {
    let task = s.claimed("t").await?;
    s.clock.advance(LEASE - Duration::from_millis(1));
    same(s.store.expire_leases(&s.scope, None).await?, vec![])?;
    same(s.store.claim(&s.request(Purpose::Work, "u")?).await?, None)?;
    s.clock.advance(Duration::from_millis(1));
    let freed = s.store.expire_leases(&s.scope, None).await?;
    same(freed.iter().map(|task| &task.id).collect::<Vec<_>>(), vec![&task.id])?;
    same((freed[0].queue(), freed[0].counters.attempts), (Queue::Incoming, 1))?;
    same(&s.read(&task.id).await?, &freed[0])?;
    same(s.store.expire_leases(&s.scope, None).await?, vec![])?;
    let again = s.claim(Purpose::Work, "u").await?;
    same((again.id, again.counters.runs), (task.id.clone(), 2))?;
    let kinds = s.kinds(&task.id).await?;
    same(kinds, vec![EventKind::Created, EventKind::Claimed, EventKind::LeaseExpired, EventKind::Claimed])
}

pub(super) async fn i03_a_stale_token_cannot_write(s: Setting) -> Verdict {
    let task = s.claimed("old").await?;
    s.clock.advance(LEASE);
    let old = ClaimToken::new("old")?;
    let submission = Submission::new(1, 1);
    // The lease has run out, but the claim is not yet taken away.
    refused(s.store.submit(&s.scope, &task.id, &old, submission.clone()).await, ErrorKind::LeaseLost)?;
    s.store.expire_leases(&s.scope, None).await?;
    refused(s.store.submit(&s.scope, &task.id, &old, submission.clone()).await, ErrorKind::LeaseLost)?;
    let held = s.claim(Purpose::Work, "new").await?;
    refused(s.store.submit(&s.scope, &task.id, &old, submission.clone()).await, ErrorKind::LeaseLost)?;
    refused(s.store.renew(&s.scope, &task.id, &old, LEASE).await, ErrorKind::LeaseLost)?;
    refused(s.store.release(&s.scope, &task.id, &old, "").await, ErrorKind::LeaseLost)?;
    let reason = || "late".to_owned();
    for command in [
        Command::Approve { actor: shows("old")?, comments: String::new() },
        Command::Accept { actor: shows("old")?, landed: None },
        Command::Requeue { actor: shows("old")?, reason: reason() },
        Command::Suspend { actor: shows("old")?, reason: reason(), question: false },
        Command::Fail { actor: shows("old")?, reason: reason() },
    ] {
        refused(s.apply(&task.id, command).await, ErrorKind::LeaseLost)?;
    }
    same(s.read(&task.id).await?, held)?;
    s.store.submit(&s.scope, &task.id, &ClaimToken::new("new")?, submission).await?;
    Ok(())
}

pub(super) async fn i09_the_spared_orchestrator_keeps_its_claims(s: Setting) -> Verdict {
    let own = s.claimed("own").await?;
    let other = s.create("Other").await?;
    let mut request = s.request(Purpose::Work, "other")?;
    request.holder = holder("elsewhere")?;
    s.store.claim(&request).await?;
    s.clock.advance(LEASE * 2);
    let machine = holder("machine")?.orchestrator;
    let freed = s.store.expire_leases(&s.scope, Some(&machine)).await?;
    same(freed.into_iter().map(|task| task.id).collect::<Vec<_>>(), vec![other.id])?;
    same(s.read(&own.id).await?, own)
}

pub(super) async fn i10_a_late_renewal_is_taken(s: Setting) -> Verdict {
    let task = s.claimed("t").await?;
    let token = ClaimToken::new("t")?;
    s.clock.advance(LEASE * 3);
    let before = s.store.last_event().await?;
    let renewed = s.store.renew(&s.scope, &task.id, &token, LEASE).await?;
    same(renewed.state.claim().map(|claim| claim.lease_expires_at), Some(s.clock.now() + LEASE))?;
    same(
        renewed.state.claim().map(|claim| claim.claimed_at),
        task.state.claim().map(|claim| claim.claimed_at),
    )?;
    same(&s.read(&task.id).await?, &renewed)?;
    same(s.store.last_event().await?, before)?;
    same(s.store.expire_leases(&s.scope, None).await?, vec![])?;
    s.clock.advance(LEASE);
    same(s.store.expire_leases(&s.scope, None).await?.len(), 1)?;
    refused(s.store.renew(&s.scope, &task.id, &token, LEASE).await, ErrorKind::LeaseLost)?;
    Ok(())
}

pub(super) async fn i15_lost_attempts_are_bounded(s: Setting) -> Verdict {
    let task = s.claimed("0").await?;
    for attempt in 1..=s.store.policy().attempts {
        s.clock.advance(LEASE);
        let freed = s.store.expire_leases(&s.scope, None).await?;
        same(freed.len(), 1)?;
        if attempt < s.store.policy().attempts {
            s.claim(Purpose::Work, &attempt.to_string()).await?;
        }
    }
    let stopped = s.read(&task.id).await?;
    same(stopped.queue(), Queue::NeedsContinuation)?;
    holds(stopped.state.needs_person().is_some_and(|why| !why.is_empty()), "it says why")?;
    same(s.kinds(&task.id).await?.last(), Some(&EventKind::PersonNeeded))
}
