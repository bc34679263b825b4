//! Concurrent requests.

use super::setting::{LEASE, Setting, holder};
use super::verdict::{Verdict, Wrong, same};
use octopoid_core::model::{ClaimToken, EventKind, NewTask};
use octopoid_core::store::{ClaimRequest, EventQuery};
use octopoid_core::transition::Purpose;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

pub(super) async fn all<T>(tasks: Vec<JoinHandle<Verdict<T>>>) -> Verdict<Vec<T>> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.map_err(|error| Wrong::new(error.to_string()))??);
    }
    Ok(results)
}

/// As many claims as find a store that hands one task in 500 to two claimers, but for one time in three thousand:
/// `(1 - 1/500)^4000`.
const CLAIMS: usize = 4000;

pub(super) async fn i03_concurrent_claimers_get_each_task_once(s: Setting) -> Verdict {
    const CLAIMERS: usize = 32;
    let creators = (0..CLAIMERS).map(|creator| {
        let store = Arc::clone(&s.store);
        tokio::spawn(async move {
            for number in (creator..CLAIMS).step_by(CLAIMERS) {
                store.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await?;
            }
            Ok(())
        })
    });
    all(creators.collect()).await?;
    let start = Arc::new(Barrier::new(CLAIMERS));
    let claimers = (0..CLAIMERS).map(|claimer| {
        let (store, scope, start) = (Arc::clone(&s.store), s.scope.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let mut mine = Vec::new();
            loop {
                let token = ClaimToken::new(format!("{claimer}-{}", mine.len()))?;
                let request =
                    ClaimRequest::new(scope.clone(), Purpose::Work, holder("machine")?, token, LEASE);
                match store.claim(&request).await? {
                    Some(task) => mine.push(task.id),
                    None => return Ok(mine),
                }
            }
        })
    });
    let claimed: Vec<_> = all(claimers.collect()).await?.into_iter().flatten().collect();
    let mut once = BTreeSet::new();
    if let Some(twice) = claimed.iter().find(|id| !once.insert(*id)) {
        return Err(Wrong::new(format!("{twice} was handed to two claimers")));
    }
    same(claimed.len(), CLAIMS)?;
    // The history says the same: what is claimed twice without an answer is found too.
    let mut claims = BTreeMap::new();
    let mut query = EventQuery::after(s.scope.clone(), 0);
    loop {
        let events = s.store.events(&query).await?;
        let Some(last) = events.last() else { break };
        query.after = last.seq;
        for event in events.into_iter().filter(|event| event.kind == EventKind::Claimed) {
            *claims.entry(event.task).or_insert(0) += 1;
        }
    }
    same(claims.len(), CLAIMS)?;
    same(claims.into_iter().find(|(_, count)| *count != 1), None)
}

pub(super) async fn concurrent_creators_get_ids_of_their_own(s: Setting) -> Verdict {
    let creators = (0..32).map(|creator| {
        let store = Arc::clone(&s.store);
        tokio::spawn(async move {
            let mut made = Vec::new();
            for _ in 0..4 {
                let task = store.create_task(NewTask::new(format!("By {creator}"), "Do it.")).await?;
                made.push((task.seq, task.id));
            }
            Ok(made)
        })
    });
    let made: Vec<_> = all(creators.collect()).await?.into_iter().flatten().collect();
    same(made.iter().map(|(seq, _)| seq).collect::<BTreeSet<_>>().len(), 128)?;
    same(made.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(), 128)
}

pub(super) async fn i04_a_request_repeated_at_once_has_one_effect(s: Setting) -> Verdict {
    let creators = (0..16).map(|_| {
        let store = Arc::clone(&s.store);
        tokio::spawn(
            async move { Ok(store.create_task(NewTask::new("Once", "Do it.").with_key("key")).await?) },
        )
    });
    let made = all(creators.collect()).await?;
    same(made.iter().collect::<Vec<_>>(), vec![&made[0]; 16])?;
    s.create("Another").await?;
    let claimers = (0..16).map(|_| {
        let (store, request) = (Arc::clone(&s.store), s.request(Purpose::Work, "token"));
        tokio::spawn(async move { Ok(store.claim(&request?).await?) })
    });
    let claimed = all(claimers.collect()).await?;
    same(claimed.iter().collect::<Vec<_>>(), vec![&claimed[0]; 16])?;
    same(claimed[0].as_ref().map(|task| &task.id), Some(&made[0].id))?;
    same(s.kinds(&made[0].id).await?, vec![EventKind::Created, EventKind::Claimed])
}
