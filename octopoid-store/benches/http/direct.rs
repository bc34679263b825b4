//! The same requests to the store itself, by as many callers in its own process.

use crate::Measured;
use crate::operation::{CONTENT, Held, Operation, lives, token};
use crate::server::folder;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Policy, RoleName, Scope, Submission, TaskId,
};
use octopoid_core::store::{ClaimRequest, StoreExt, TaskStore};
use octopoid_core::transition::{Actor, Purpose};
use octopoid_store::SqliteStore;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The whole life of some tasks.
pub(crate) fn life(callers: usize, tasks: usize) -> Vec<Measured> {
    let folder = folder();
    let path = folder.path().join("octopoid.db");
    let store = Arc::new(SqliteStore::open(path, Arc::new(SystemClock), Policy::default()).expect("a store"));
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let (warm_up, measured, held) = lives(tasks);
    let held: Arc<Held> = held.into();
    let life = |tasks: Range<usize>| {
        let run = |operation| runtime.block_on(run(operation, &store, callers, tasks.clone(), &held));
        Operation::ALL.into_iter().map(run).collect()
    };
    let _: Vec<Measured> = life(warm_up);
    life(measured)
}

async fn run(
    operation: Operation,
    store: &Arc<SqliteStore>,
    callers: usize,
    tasks: Range<usize>,
    held: &Arc<Held>,
) -> Measured {
    let next = Arc::new(AtomicUsize::new(tasks.start));
    let start = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            tokio::spawn(call(operation, Arc::clone(store), Arc::clone(&next), tasks.end, Arc::clone(held)))
        })
        .collect();
    let mut times = Vec::with_capacity(tasks.len());
    for caller in callers {
        times.extend(caller.await.expect("a caller"));
    }
    Measured { rate: tasks.len() as f64 / start.elapsed().as_secs_f64(), times }
}

async fn call(
    operation: Operation,
    store: Arc<SqliteStore>,
    next: Arc<AtomicUsize>,
    end: usize,
    held: Arc<Held>,
) -> Vec<Duration> {
    let mut times = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return times;
        }
        let began = Instant::now();
        ask(operation, &store, number, &held).await;
        times.push(began.elapsed());
    }
}

async fn ask(operation: Operation, store: &SqliteStore, number: usize, held: &Held) {
    let scope = Scope::single();
    let id = TaskId::new(format!("task-{number}")).expect("an id");
    let token = ClaimToken::new(token(number)).expect("a token");
    match operation {
        Operation::Create => {
            let new = NewTask::new(format!("Task number {number}"), CONTENT).with_id(id);
            store.create_task(new).await.expect("created");
        }
        Operation::Claim => {
            let holder = Holder::new(
                OrchestratorId::new("bench-1").expect("an id"),
                AgentName::new("agent").expect("a name"),
            );
            let request = ClaimRequest::new(scope, Purpose::Work, holder, token, Duration::from_secs(300));
            let request = request.with_role(RoleName::implement());
            let task = store.claim(&request).await.expect("claimed").expect("a task");
            held[number].set(task.id.into()).expect("claimed once");
        }
        Operation::Submit => {
            let id = TaskId::new(crate::operation::held(held, number)).expect("an id");
            store.submit(&scope, &id, &token, Submission::new(1, 5)).await.expect("submitted");
        }
        Operation::Accept => {
            store.accept(&scope, &id, Actor::Person("ada".to_owned()), None).await.expect("accepted");
        }
    }
}
