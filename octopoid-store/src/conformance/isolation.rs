//! Isolation and the order of events, under many threads.

use super::events::PATIENCE;
use super::races::all;
use super::setting::{LEASE, Setting, holder, person};
use super::verdict::{Verdict, Wrong, holds, same};
use octopoid_core::model::{ClaimToken, Event, EventKind, NewDraft, NewTask, Queue, TaskId, TaskPatch};
use octopoid_core::store::{ClaimRequest, EventQuery, Store};
use octopoid_core::transition::{Command, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Barrier;

const WRITERS: usize = 16;
const WRITES: usize = 20;

/// Runs a function as often as there are writers, each on a task of the runtime, all at once.
async fn at_once<T: Send + 'static, F>(
    s: &Setting,
    work: impl Fn(usize, Arc<dyn Store>) -> F,
) -> Verdict<Vec<T>>
where
    F: Future<Output = Verdict<T>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(WRITERS));
    let writers = (0..WRITERS).map(|writer| {
        let (work, start) = (work(writer, Arc::clone(&s.store)), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            work.await
        })
    });
    all(writers.collect()).await
}

pub(super) async fn i02_no_update_of_a_task_is_lost(s: Setting) -> Verdict {
    let task = s.create("A task").await?;
    let versions = at_once(&s, |writer, store| {
        let (scope, id) = (s.scope.clone(), task.id.clone());
        async move {
            let mut versions = Vec::new();
            for number in 0..WRITES {
                let mut patch = TaskPatch::default();
                patch.title = Some(format!("{writer}-{number}"));
                let command = Command::Update { actor: person(), patch };
                versions.push(store.apply(&scope, &id, command).await?.version);
            }
            Ok(versions)
        }
    });
    let versions: Vec<u64> = versions.await?.into_iter().flatten().collect();
    let updates = (WRITERS * WRITES) as u64;
    same(versions.iter().copied().collect::<BTreeSet<_>>(), (2..2 + updates).collect())?;
    same(s.read(&task.id).await?.version, 1 + updates)?;
    let updated = s.kinds(&task.id).await?.into_iter().filter(|kind| *kind == EventKind::Updated);
    same(updated.count() as u64, updates)
}

pub(super) async fn i05_the_last_of_blockers_that_end_at_once_frees(s: Setting) -> Verdict {
    let mut blockers = Vec::new();
    for number in 0..WRITERS {
        blockers.push(s.create(&format!("Blocker {number}")).await?);
    }
    let waiting = s.create_after("Waiting", &blockers.iter().collect::<Vec<_>>()).await?;
    at_once(&s, |writer, store| {
        let (scope, id) = (s.scope.clone(), blockers[writer].id.clone());
        async move {
            let reason = "it is finished".to_owned();
            let command = Command::Force { actor: person(), to: Queue::Done.into(), reason };
            Ok(store.apply(&scope, &id, command).await?)
        }
    })
    .await?;
    let freed = s.read(&waiting.id).await?;
    same((freed.queue(), freed.unresolved_blockers().count()), (Queue::Incoming, 0))
}

pub(super) async fn a_bound_holds_for_claims_at_once(s: Setting) -> Verdict {
    const MOST: u32 = 5;
    for number in 0..WRITERS {
        s.create(&format!("Number {number}")).await?;
    }
    let claimed = at_once(&s, |writer, store| {
        let scope = s.scope.clone();
        async move {
            let token = ClaimToken::new(format!("token-{writer}"))?;
            let request = ClaimRequest::new(scope, Purpose::Work, holder("machine")?, token, LEASE);
            // Which of them are refused is no matter.
            Ok(store.claim(&request.with_max_claimed(MOST)).await.is_ok_and(|task| task.is_some()))
        }
    });
    same(claimed.await?.into_iter().filter(|claimed| *claimed).count(), MOST as usize)?;
    same(s.store.queue_counts(&s.scope).await?.in_queue(Queue::Claimed), u64::from(MOST))
}

pub(super) async fn drafts_made_at_once_have_numbers_and_names_of_their_own(s: Setting) -> Verdict {
    let made = at_once(&s, |_, store| {
        let scope = s.scope.clone();
        async move { Ok(store.create_draft(NewDraft::new(scope, "Idea", "ada")).await?) }
    });
    let made = made.await?;
    same(made.iter().map(|draft| draft.id).collect::<BTreeSet<_>>().len(), WRITERS)?;
    same(made.iter().map(|draft| &draft.slug).collect::<BTreeSet<_>>().len(), WRITERS)
}

/// Follows the feed until it has so many events, each above the one before.
async fn follow(store: Arc<dyn Store>, mut query: EventQuery, events: usize) -> Verdict<Vec<Event>> {
    let mut seen: Vec<Event> = Vec::new();
    while seen.len() < events {
        let late = |_| Wrong::new("an event was never seen: its number is below one that was seen before");
        tokio::time::timeout(PATIENCE, store.wait_for_event(query.after)).await.map_err(late)??;
        for event in store.events(&query).await? {
            holds(event.seq > query.after, "numbers grow")?;
            query.after = event.seq;
            seen.push(event);
        }
    }
    Ok(seen)
}

pub(super) async fn whoever_has_seen_an_event_has_seen_those_before_it(s: Setting) -> Verdict {
    let query = || EventQuery::after(s.scope.clone(), 0);
    let events = WRITERS * WRITES;
    let followers: Vec<_> =
        (0..4).map(|_| tokio::spawn(follow(Arc::clone(&s.store), query(), events))).collect();
    // What each writer made, with the newest event of before.
    let made = at_once(&s, |writer, store| async move {
        let mut made = Vec::new();
        for number in 0..WRITES {
            let before = store.last_event().await?;
            let task = store.create_task(NewTask::new(format!("{writer}-{number}"), "Do it.")).await?;
            made.push((before, task.id));
        }
        Ok(made)
    });
    let made: Vec<(u64, TaskId)> = made.await?.into_iter().flatten().collect();
    let log = follow(Arc::clone(&s.store), query(), events).await?;
    for seen in all(followers).await? {
        same(
            seen.iter().map(|event| event.seq).collect::<Vec<_>>(),
            log.iter().map(|event| event.seq).collect(),
        )?;
    }
    let created: BTreeMap<&TaskId, u64> = log.iter().map(|event| (&event.task, event.seq)).collect();
    for (before, id) in &made {
        let number = created.get(id).copied().unwrap_or_default();
        holds(number > *before, "an event is above those that were there before its write began")?;
    }
    Ok(())
}
