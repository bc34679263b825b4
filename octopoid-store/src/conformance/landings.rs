//! The merge queue: the claim of a landing is the lock of its branch.

use super::setting::{LEASE, Setting, holder, shows};
use super::verdict::{Verdict, Wrong, holds, refused, same};
use octopoid_core::model::{ClaimToken, NewTask, Queue, RoleName, Scope, Submission, Task, TaskId};
use octopoid_core::store::{ClaimRequest, ErrorKind, StoreExt};
use octopoid_core::transition::{Actor, Cause, Command, Purpose};

/// A task of a scope for a branch, approved.
async fn approved(s: &Setting, scope: &Scope, title: &str, branch: Option<&str>) -> Verdict<Task> {
    let mut new = NewTask::new(title, "Do it.").with_scope(scope.clone());
    new.branch = branch.map(str::to_owned);
    let task = s.store.create_task(new).await?;
    let claim = async |purpose, token: &str| {
        let token = ClaimToken::new(token)?;
        let request = ClaimRequest::new(scope.clone(), purpose, holder("machine")?, token, LEASE);
        Verdict::Ok(s.store.claim(&request.with_task(task.id.clone())).await?)
    };
    let (work, review) = (format!("{title}/work"), format!("{title}/review"));
    claim(Purpose::Work, &work).await?;
    s.store.submit(scope, &task.id, &ClaimToken::new(work)?, Submission::new(1, 5)).await?;
    claim(Purpose::Review, &review).await?;
    Ok(s.store.approve(scope, &task.id, shows(&review)?, "good").await?)
}

/// What another machine is given to land.
async fn next(s: &Setting, token: &str) -> Verdict<Option<String>> {
    let mut request = s.request(Purpose::Land, token)?;
    request.holder = holder("elsewhere")?;
    Ok(s.store.claim(&request).await?.map(|task| task.title))
}

/// A landing of a named task, which somebody else's stands in the way of.
async fn is_in_the_way(s: &Setting, id: &TaskId) -> Verdict {
    let named = s.request(Purpose::Land, "named")?.with_task(id.clone());
    refused(s.store.claim(&named).await, ErrorKind::Conflict)?;
    Ok(())
}

pub(super) async fn i20_one_landing_per_branch_at_a_time(s: Setting) -> Verdict {
    let one = approved(&s, &s.scope, "one", None).await?;
    let two = approved(&s, &s.scope, "two", None).await?;
    let three = approved(&s, &s.scope, "three", None).await?;
    approved(&s, &s.scope, "release-one", Some("release")).await?;
    let release = approved(&s, &s.scope, "release-two", Some("release")).await?;
    let named = s.request(Purpose::Land, "a")?.with_task(two.id.clone());
    same(s.store.claim(&named).await?.map(|task| task.id), Some(two.id.clone()))?;
    // Of the branch on which none is in hand, one.
    same(next(&s, "b").await?.as_deref(), Some("release-one"))?;
    same(next(&s, "c").await?, None)?;
    is_in_the_way(&s, &one.id).await?;
    is_in_the_way(&s, &release.id).await?;
    let claim = two_claim(&s, "d")?;
    refused(s.apply(&one.id, claim).await, ErrorKind::Conflict)?;
    let asked = s.request(Purpose::Land, "e")?.with_role(RoleName::implement());
    same(s.store.claim(&asked).await?, None)?;
    same(s.store.queue_counts(&s.scope).await?.to_land, 3)?;
    // The same claim again is the same claim.
    same(s.store.claim(&named).await?.map(|task| task.id), Some(two.id.clone()))?;

    // Given back, it frees its branch.
    s.store.release(&s.scope, &two.id, &ClaimToken::new("a")?, "").await?;
    same(next(&s, "f").await?.as_deref(), Some("one"))?;
    is_in_the_way(&s, &two.id).await?;
    // A conflict, too.
    let reason = "they contradict each other".to_owned();
    s.apply(&one.id, Command::Reject { actor: shows("f")?, reason, cause: Cause::Conflict }).await?;
    same(next(&s, "g").await?.as_deref(), Some("two"))?;
    // And its end.
    let done = s.store.accept(&s.scope, &two.id, shows("g")?, None).await?;
    same(done.queue(), Queue::Done)?;
    same(next(&s, "h").await?.as_deref(), Some("three"))?;
    same(next(&s, "i").await?, None)?;

    // A lease that ran out frees it once it is taken away: until then its holder may still renew it.
    s.clock.advance(LEASE);
    same(next(&s, "i").await?, None)?;
    s.store.renew(&s.scope, &three.id, &ClaimToken::new("h")?, LEASE).await?;
    same(s.store.expire_leases(&s.scope, None).await?.len(), 1)?;
    same(next(&s, "i").await?.as_deref(), Some("release-one"))?;
    s.clock.advance(LEASE);
    same(s.store.expire_leases(&s.scope, None).await?.len(), 2)?;
    same(next(&s, "j").await?.as_deref(), Some("three"))?;
    // Whoever comes back late finds the branch taken.
    let late = s.store.renew(&s.scope, &three.id, &ClaimToken::new("h")?, LEASE).await;
    refused(late, ErrorKind::LeaseLost)?;
    holds(next(&s, "k").await?.is_some(), "the other branch is free as well")
}

fn two_claim(s: &Setting, token: &str) -> Verdict<Command> {
    let request = s.request(Purpose::Land, token)?;
    let now = octopoid_core::clock::Clock::now(&*s.clock);
    let claim = octopoid_core::model::Claim::new(request.token, request.holder, now, now + LEASE);
    Ok(Command::Claim { purpose: Purpose::Land, claim })
}

pub(super) async fn i20_a_landing_in_hand_is_no_ones_business_elsewhere(s: Setting) -> Verdict {
    let other = Scope::new("elsewhere")?;
    let here = approved(&s, &s.scope, "here", None).await?;
    approved(&s, &other, "there", None).await?;
    same(s.claim(Purpose::Land, "a").await?.id, here.id.clone())?;
    let mut request = s.request(Purpose::Land, "b")?;
    request.scope = other;
    let there = s.store.claim(&request).await?;
    same(there.map(|task| task.title).as_deref(), Some("there"))?;
    // Work and reviews go on beside a landing.
    let next = s.submitted("w").await?;
    same(s.claim(Purpose::Review, "r").await?.id, next.id.clone())?;
    s.store.approve(&s.scope, &next.id, shows("r")?, "good").await?;
    same(s.store.claim(&s.request(Purpose::Land, "c")?).await?, None)?;
    // A person ends whatever is under way.
    let ada = Actor::Person("ada".to_owned());
    s.store.accept(&s.scope, &here.id, ada, None).await?;
    let landing = s.store.claim(&s.request(Purpose::Land, "c")?).await?;
    same(landing.map(|task| task.id).ok_or_else(|| Wrong::new("the branch is not free"))?, next.id)
}
