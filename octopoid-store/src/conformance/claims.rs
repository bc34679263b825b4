//! The next task for somebody.

use super::setting::{LEASE, Setting, holder, person, shows};
use super::verdict::{Verdict, holds, invalid, refused, same};
use octopoid_core::model::{ClaimToken, EventKind, NewTask, Priority, Queue, RoleName, Task};
use octopoid_core::store::{ErrorKind, StoreExt};
use octopoid_core::transition::{Command, Purpose};
use std::time::Duration;

pub(super) async fn the_most_urgent_then_the_oldest_task_is_claimed(s: Setting) -> Verdict {
    for (title, priority) in [
        ("c", Priority::P2),
        ("e", Priority::P3),
        ("a", Priority::P0),
        ("d", Priority::P2),
        ("b", Priority::P0),
    ] {
        s.store.create_task(NewTask::new(title, "Do it.").with_priority(priority)).await?;
    }
    for title in ["a", "b", "c", "d", "e"] {
        let task = s.claim(Purpose::Work, title).await?;
        same(task.title.as_str(), title)?;
        same(task.queue(), Queue::Claimed)?;
        same((task.version, task.counters.runs), (2, 1))?;
        same(&s.read(&task.id).await?, &task)?;
    }
    same(s.store.claim(&s.request(Purpose::Work, "f")?).await?, None)
}

pub(super) async fn claims_take_only_the_roles_asked_for(s: Setting) -> Verdict {
    for (title, role, priority) in [
        ("plain", "implement", Priority::P1),
        ("split", "breakdown", Priority::P0),
        ("late", "implement", Priority::P3),
        ("docs", "write", Priority::P2),
    ] {
        let new = NewTask::new(title, "Do it.").with_role(RoleName::new(role)?).with_priority(priority);
        s.store.create_task(new).await?;
    }
    let by = async |token: &str, roles: &[&str]| -> Verdict<Option<String>> {
        let mut request = s.request(Purpose::Work, token)?;
        for role in roles {
            request = request.with_role(RoleName::new(*role)?);
        }
        Ok(s.store.claim(&request).await?.map(|task| task.title))
    };
    same(by("1", &["unknown"]).await?, None)?;
    same(by("2", &["implement"]).await?.as_deref(), Some("plain"))?;
    same(by("3", &["write", "implement"]).await?.as_deref(), Some("docs"))?;
    same(by("4", &[]).await?.as_deref(), Some("split"))?;
    same(by("5", &["write", "breakdown"]).await?, None)?;
    same(by("6", &[]).await?.as_deref(), Some("late"))?;
    same(by("7", &[]).await?, None)
}

pub(super) async fn a_named_task_is_claimed_or_refused_with_the_reason(s: Setting) -> Verdict {
    s.create("First").await?;
    let second = s.create("Second").await?;
    let named = s.request(Purpose::Work, "t")?.with_task(second.id.clone());
    let claimed = s.store.claim(&named).await?;
    same(claimed.as_ref().map(|task| &task.id), Some(&second.id))?;
    let again = s.request(Purpose::Work, "u")?.with_task(second.id.clone());
    let error = refused(s.store.claim(&again).await, ErrorKind::Conflict)?;
    holds(error.refusal().is_some(), "a refusal of the state machine says why")?;
    let other_role =
        s.request(Purpose::Work, "u")?.with_task(second.id.clone()).with_role(RoleName::review());
    refused(s.store.claim(&other_role).await, ErrorKind::Conflict)?;
    let purpose = s.request(Purpose::Review, "u")?.with_task(second.id.clone());
    refused(s.store.claim(&purpose).await, ErrorKind::Conflict)?;
    same(Some(s.read(&second.id).await?), claimed)
}

pub(super) async fn each_purpose_has_its_own_tasks(s: Setting) -> Verdict {
    let task = s.submitted("w").await?;
    let none = |task: Option<Task>| same(task, None);
    none(s.store.claim(&s.request(Purpose::Work, "a")?).await?)?;
    none(s.store.claim(&s.request(Purpose::Land, "a")?).await?)?;
    let review = s.claim(Purpose::Review, "r").await?;
    same((&review.id, review.queue()), (&task.id, Queue::Provisional))?;
    none(s.store.claim(&s.request(Purpose::Review, "b")?).await?)?;
    s.store.approve(&s.scope, &task.id, shows("r")?, "good").await?;
    none(s.store.claim(&s.request(Purpose::Review, "b")?).await?)?;
    same(s.claim(Purpose::Land, "l").await?.id, task.id.clone())?;
    none(s.store.claim(&s.request(Purpose::Land, "b")?).await?)?;
    let kinds = s.kinds(&task.id).await?;
    same(&kinds[3..], &[EventKind::ReviewClaimed, EventKind::Approved, EventKind::LandingClaimed])
}

pub(super) async fn i04_the_same_token_gives_the_same_claim(s: Setting) -> Verdict {
    s.create("First").await?;
    s.create("Second").await?;
    let request = s.request(Purpose::Work, "t")?.with_max_claimed(1);
    let first = s.store.claim(&request).await?;
    s.clock.advance(Duration::from_secs(1));
    same(&s.store.claim(&request).await?, &first)?;
    let Some(task) = first else { return Err(super::verdict::Wrong::new("nothing was claimed")) };
    same(s.kinds(&task.id).await?, vec![EventKind::Created, EventKind::Claimed])?;
    let elsewhere = s.create("Third").await?;
    let misused = s.request(Purpose::Work, "t")?.with_task(elsewhere.id.clone());
    refused(s.store.claim(&misused).await, ErrorKind::Conflict)?;
    let claim = task.state.claim().cloned().ok_or_else(|| super::verdict::Wrong::new("no claim"))?;
    let command = Command::Claim { purpose: Purpose::Work, claim };
    refused(s.apply(&elsewhere.id, command.clone()).await, ErrorKind::Conflict)?;
    same(s.apply(&task.id, command).await?, task)?;
    same(s.read(&elsewhere.id).await?, elsewhere)
}

pub(super) async fn the_bound_on_claims_is_kept(s: Setting) -> Verdict {
    for title in ["a", "b", "c", "d"] {
        s.create(title).await?;
    }
    let bounded = |token: &str| s.request(Purpose::Work, token).map(|request| request.with_max_claimed(2));
    s.store.claim(&bounded("1")?).await?;
    s.store.claim(&bounded("2")?).await?;
    refused(s.store.claim(&bounded("3")?).await, ErrorKind::Conflict)?;
    let mut other = bounded("4")?;
    other.holder = holder("elsewhere")?;
    holds(s.store.claim(&other).await?.is_some(), "another orchestrator has its own bound")?;
    // Work that was submitted no longer counts, nor does its review.
    let one = s.store.claim(&bounded("1")?).await?;
    let id = one.map(|task| task.id).ok_or_else(|| super::verdict::Wrong::new("nothing was claimed"))?;
    let submission = octopoid_core::model::Submission::new(1, 1);
    s.store.submit(&s.scope, &id, &ClaimToken::new("1")?, submission).await?;
    s.claim(Purpose::Review, "r").await?;
    holds(s.store.claim(&bounded("3")?).await?.is_some(), "there is room again")
}

pub(super) async fn an_impossible_lease_is_invalid(s: Setting) -> Verdict {
    for lease in [Duration::ZERO, s.store.policy().max_lease + Duration::from_secs(1)] {
        let mut request = s.request(Purpose::Work, "t")?;
        request.lease = lease;
        // Whether or not there is something to claim.
        invalid(s.store.claim(&request).await, "lease")?;
        let task = s.create("A task").await?;
        invalid(s.store.claim(&request).await, "lease")?;
        let held = s.claim(Purpose::Work, "h").await?;
        invalid(s.store.renew(&s.scope, &held.id, &ClaimToken::new("h")?, lease).await, "lease")?;
        s.store.accept(&s.scope, &task.id, person(), None).await?;
    }
    let mut request = s.request(Purpose::Work, "t")?;
    request.lease = LEASE;
    same(s.store.claim(&request).await?, None)
}
