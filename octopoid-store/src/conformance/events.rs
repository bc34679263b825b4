//! The history and the feed.

use super::setting::Setting;
use super::verdict::{Verdict, Wrong, holds, same};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{EventKind, MessageDraft, MessageKind, Queue};
use octopoid_core::store::{EventQuery, StoreExt};
use octopoid_core::transition::Purpose;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait of a case for an event.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn i02_what_happens_is_in_the_history(s: Setting) -> Verdict {
    let task = s.submitted("w").await?;
    s.clock.advance(Duration::from_secs(5));
    s.claim(Purpose::Review, "r").await?;
    s.store.reject(&s.scope, &task.id, super::setting::shows("r")?, "not yet\nbecause").await?;
    let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
    s.store.post_message(&s.scope, &task.id, message).await?;
    let history = s.history(&task.id).await?;
    let told: Vec<_> =
        history.iter().map(|event| (event.kind, event.actor.as_str(), event.from, event.to)).collect();
    use EventKind as E;
    use Queue as Q;
    let provisional = Some(Q::Provisional);
    same(
        told,
        vec![
            (E::Created, "user", None, Some(Q::Incoming)),
            (E::Claimed, "agent", Some(Q::Incoming), Some(Q::Claimed)),
            (E::Submitted, "agent", Some(Q::Claimed), provisional),
            (E::ReviewClaimed, "agent", provisional, provisional),
            (E::Rejected, "agent", provisional, Some(Q::Incoming)),
            (E::MessagePosted, "ada", Some(Q::Incoming), Some(Q::Incoming)),
        ],
    )?;
    same(history[4].note.as_deref(), Some("not yet"))?;
    same(history[4].at, s.clock.now())?;
    same(history[0].at, task.created_at)?;
    let seqs: Vec<_> = history.iter().map(|event| event.seq).collect();
    holds(seqs.is_sorted_by(|a, b| a < b), "numbers grow")?;
    same(s.store.last_event().await?, *seqs.last().unwrap_or(&0))
}

pub(super) async fn the_feed_is_resumable(s: Setting) -> Verdict {
    for title in ["a", "b", "c", "d", "e"] {
        s.create(title).await?;
    }
    let all = s.store.events(&EventQuery::after(s.scope.clone(), 0)).await?;
    same(all.len(), 5)?;
    let mut query = EventQuery::after(s.scope.clone(), 0);
    query.limit = 2;
    let mut read = Vec::new();
    loop {
        let page = s.store.events(&query).await?;
        let Some(last) = page.last() else { break };
        query.after = last.seq;
        read.extend(page);
    }
    same(&read, &all)?;
    same(s.store.events(&EventQuery::after(s.scope.clone(), u64::MAX)).await?, vec![])?;
    let of_one = EventQuery::after(s.scope.clone(), 0).of_task(all[2].task.clone());
    same(s.store.events(&of_one).await?, vec![all[2].clone()])
}

pub(super) async fn waiting_ends_with_the_next_event(s: Setting) -> Verdict {
    let late = |_| Wrong::new("nobody was woken");
    s.create("First").await?;
    let last = s.store.last_event().await?;
    tokio::time::timeout(PATIENCE, s.store.wait_for_event(last - 1)).await.map_err(late)??;
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&s.store);
            tokio::spawn(async move { store.wait_for_event(last).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let task = s.create("Second").await?;
    for one in waiting {
        let woken = tokio::time::timeout(PATIENCE, one).await.map_err(late)?;
        woken.map_err(|error| Wrong::new(error.to_string()))??;
    }
    let events = s.store.events(&EventQuery::after(s.scope.clone(), last)).await?;
    same(events.iter().map(|event| &event.task).collect::<Vec<_>>(), vec![&task.id])
}

pub(super) async fn waiting_may_be_given_up(s: Setting) -> Verdict {
    for _ in 0..100 {
        let wait = s.store.wait_for_event(0);
        tokio::select! {
            biased;
            woken = wait => return woken.map_err(Wrong::from).and(Err(Wrong::new("woken by nothing"))),
            () = tokio::task::yield_now() => {}
        }
    }
    s.create("A task").await?;
    let woken = tokio::time::timeout(PATIENCE, s.store.wait_for_event(0)).await;
    Ok(woken.map_err(|_| Wrong::new("nobody was woken"))??)
}
