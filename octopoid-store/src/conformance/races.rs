//! Many at once.

use super::setting::{LEASE, Setting, holder};
use super::verdict::{Verdict, Wrong, same};
use octopoid_core::model::{ClaimToken, EventKind, NewTask};
use octopoid_core::store::ClaimRequest;
use octopoid_core::transition::Purpose;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

async fn all<T>(tasks: Vec<JoinHandle<Verdict<T>>>) -> Verdict<Vec<T>> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.map_err(|error| Wrong::new(error.to_string()))??);
    }
    Ok(results)
}

pub(super) async fn i03_concurrent_claimers_get_each_task_once(s: Setting) -> Verdict {
    const TASKS: usize = 200;
    const CLAIMERS: usize = 32;
    for number in 0..TASKS {
        s.create(&format!("Number {number}")).await?;
    }
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
    same(claimed.len(), TASKS)?;
    same(claimed.iter().collect::<BTreeSet<_>>().len(), TASKS)?;
    for id in &claimed {
        same(s.kinds(id).await?, vec![EventKind::Created, EventKind::Claimed])?;
    }
    Ok(())
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
