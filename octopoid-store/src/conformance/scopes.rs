//! Tenants.

use super::setting::{LEASE, Setting, person};
use super::verdict::{Verdict, holds, refused, same};
use octopoid_core::model::{
    MessageDraft, MessageKind, NewProject, NewTask, Queue, Run, RunId, Scope, TaskId,
};
use octopoid_core::store::{ErrorKind, EventQuery, RunQuery, StoreExt, TaskQuery, UsageQuery};
use octopoid_core::transition::{Command, Purpose};

pub(super) async fn scopes_never_leak(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    let mine = s.store.create_task(NewTask::new("Mine", "Do it.").with_key("key")).await?;
    let new = NewTask::new("Theirs", "Do it.").with_key("key").with_scope(other.clone());
    let theirs = s.store.create_task(new).await?;
    same(&mine.id, &theirs.id)?;
    same((mine.title.as_str(), theirs.title.as_str()), ("Mine", "Theirs"))?;
    same(&s.store.task(&other, &theirs.id).await?, &theirs)?;

    let extra = s.store.create_task(NewTask::new("Extra", "Do it.")).await?;
    refused(s.store.task(&other, &extra.id).await, ErrorKind::NotFound)?;
    let done = Command::Force { actor: person(), to: Queue::Done.into(), reason: "no".into() };
    refused(s.store.apply(&other, &extra.id, done).await, ErrorKind::NotFound)?;
    refused(s.store.delete_task(&other, &extra.id, "eve").await, ErrorKind::NotFound)?;
    let blocked =
        NewTask::new("Blocked", "Do it.").with_scope(other.clone()).with_blocked_by([extra.id.clone()]);
    holds(s.store.create_task(blocked).await.is_err(), "no blocker from another scope")?;

    let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
    s.store.post_message(&s.scope, &mine.id, message).await?;
    holds(s.store.messages(&other, &theirs.id).await?.is_empty(), "threads are apart")?;
    let holder = super::setting::holder("machine")?;
    let now = octopoid_core::clock::Clock::now(&*s.clock);
    let mut run = Run::new(s.scope.clone(), mine.id.clone(), 1, holder.agent, None, holder.orchestrator, now);
    run.usage.turns = 7;
    s.store.save_run(&run).await?;
    refused(s.store.run(&other, &RunId::of(&theirs.id, 1)).await, ErrorKind::NotFound)?;
    holds(s.store.list_runs(&RunQuery::new(other.clone())).await?.is_empty(), "runs are apart")?;
    same(s.store.usage(&UsageQuery::new(other.clone())).await?.turns, 0)?;

    let events = s.store.events(&EventQuery::after(other.clone(), 0)).await?;
    same(events.len(), 1)?;
    same((&events[0].scope, &events[0].task), (&other, &theirs.id))?;
    same(s.store.all_tasks(&TaskQuery::new(other.clone())).await?, vec![theirs.clone()])?;
    same(s.store.queue_counts(&other).await?.in_queue(Queue::Incoming), 1)?;
    s.store.delete_task(&s.scope, &mine.id, "ada").await?;
    same(&s.store.task(&other, &theirs.id).await?, &theirs)?;
    same(s.store.history(&other, &theirs.id).await?.len(), 1)
}

pub(super) async fn claims_and_leases_stay_in_their_scope(s: Setting) -> Verdict {
    let other = Scope::new("other")?;
    s.create("Mine").await?;
    let mut request = s.request(Purpose::Work, "t")?;
    request.scope = other.clone();
    same(s.store.claim(&request).await?, None)?;
    let theirs = s.store.create_task(NewTask::new("Theirs", "Do it.").with_scope(other.clone())).await?;
    same(s.store.claim(&request).await?.map(|task| task.title), Some("Theirs".to_owned()))?;
    // The same token means another claim in another scope.
    same(s.claim(Purpose::Work, "t").await?.title.as_str(), "Mine")?;
    s.clock.advance(LEASE);
    same(s.store.expire_leases(&other, None).await?.len(), 1)?;
    same(s.store.queue_counts(&s.scope).await?.in_queue(Queue::Claimed), 1)?;
    let bounded = s.request(Purpose::Work, "u")?.with_max_claimed(1);
    refused(s.store.claim(&bounded).await, ErrorKind::Conflict)?;
    let mut elsewhere = bounded;
    elsewhere.scope = other;
    same(s.store.claim(&elsewhere).await?.map(|task| task.id), Some(theirs.id))
}

pub(super) async fn the_feed_of_all_scopes_is_in_one_order(s: Setting) -> Verdict {
    let (one, two) = (Scope::new("one")?, Scope::new("two")?);
    for scope in [&two, &one, &s.scope, &one, &two, &s.scope] {
        s.store.create_task(NewTask::new("A task", "Do it.").with_scope(scope.clone())).await?;
    }
    let all = s.store.events(&EventQuery::of_all_scopes(0)).await?;
    let scopes: Vec<_> = all.iter().map(|event| event.scope.clone()).collect();
    same(scopes, [&two, &one, &s.scope, &one, &two, &s.scope].map(Clone::clone).to_vec())?;
    holds(all.is_sorted_by(|a, b| a.seq < b.seq), "numbers grow")?;
    for scope in [&one, &two, &s.scope] {
        let of_scope: Vec<_> = all.iter().filter(|event| &event.scope == scope).cloned().collect();
        same(s.store.events(&EventQuery::after(scope.clone(), 0)).await?, of_scope)?;
    }
    let mut page = EventQuery::of_all_scopes(all[1].seq);
    page.limit = 3;
    same(s.store.events(&page).await?, all[2..5].to_vec())?;
    // The same id in several scopes.
    let first = TaskId::numbered(1);
    same(s.store.events(&EventQuery::of_all_scopes(0).of_task(first.clone())).await?, all[..3].to_vec())?;
    same(s.store.events(&EventQuery::of_all_scopes(all[0].seq).of_task(first)).await?, all[1..3].to_vec())?;
    same(s.store.events(&EventQuery::of_all_scopes(all[5].seq)).await?, vec![])
}

pub(super) async fn the_scopes_that_have_anything_are_told(s: Setting) -> Verdict {
    same(s.store.scopes().await?, vec![])?;
    let (one, two) = (Scope::new("one")?, Scope::new("two")?);
    for scope in [&two, &one, &two, &s.scope] {
        s.store.create_task(NewTask::new("A task", "Do it.").with_scope(scope.clone())).await?;
    }
    let told = async || -> Verdict<std::collections::BTreeSet<Scope>> {
        let scopes = s.store.scopes().await?;
        let set: std::collections::BTreeSet<_> = scopes.iter().cloned().collect();
        same(set.len(), scopes.len())?;
        Ok(set)
    };
    same(told().await?, [&one, &two, &s.scope].map(Clone::clone).into())?;
    // A scope has no tasks once they are deleted, nor through what was only tried.
    s.store.delete_task(&one, &TaskId::numbered(1), "ada").await?;
    s.store.delete_task(&two, &TaskId::numbered(1), "ada").await?;
    let mut request = s.request(Purpose::Work, "t")?;
    request.scope = Scope::new("three")?;
    same(s.store.claim(&request).await?, None)?;
    holds(
        s.store.create_task(NewTask::new("", "Do it.").with_scope(request.scope)).await.is_err(),
        "no title",
    )?;
    same(told().await?, [two.clone(), s.scope.clone()].into())?;
    let four = Scope::new("four")?;
    s.store.create_project(NewProject::new(four.clone(), "A project", "main")).await?;
    same(told().await?, [two, four, s.scope.clone()].into())
}
