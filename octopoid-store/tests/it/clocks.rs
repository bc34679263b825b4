//! Leases and clocks that are set: a claim that is not renewed ends after its span, even if the machine's clock is set (I35).

use octopoid_core::clock::Clock;
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Policy, Queue, Scope, TaskId,
};
use octopoid_core::store::{ClaimRequest, Store, TaskStore};
use octopoid_core::testing::ManualClock;
use octopoid_core::transition::Purpose;
use octopoid_store::server::Server;
use octopoid_store::server::Shutdown;
use octopoid_store::{MemoryStore, SqliteStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Claims a task whose holder is never heard of again.
async fn lose_a_claim(store: &dyn Store) -> TaskId {
    let task = store.create_task(NewTask::new("Lost", "by a machine that is gone")).await.unwrap();
    let holder = Holder::new(OrchestratorId::new("gone").unwrap(), AgentName::new("agent").unwrap());
    let token = ClaimToken::new("token-1").unwrap();
    let request = ClaimRequest::new(Scope::single(), Purpose::Work, holder, token, LEASE);
    assert!(store.claim(&request).await.unwrap().is_some());
    task.id
}

async fn freed(store: &dyn Store) -> usize {
    store.expire_leases(&Scope::single(), None).await.unwrap().len()
}

fn sqlite(path: &Path, clock: &Arc<ManualClock>) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path, clock.clone(), Policy::default()).unwrap())
}

#[tokio::test]
async fn i35_a_lease_ends_after_its_span_though_the_clock_is_set_back() {
    let folder = tempfile::tempdir().unwrap();
    for by in [2 * HOUR, 26 * HOUR] {
        let clock = Arc::new(ManualClock::new());
        let path = folder.path().join(format!("{}.db", by.as_secs()));
        let memory: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
        for store in [memory, sqlite(&path, &clock)] {
            lose_a_claim(&*store).await;
            clock.set(clock.now() - by);
            clock.advance(LEASE / 2);
            assert_eq!(freed(&*store).await, 0, "it still has half of it");
            clock.advance(LEASE / 2);
            assert_eq!(freed(&*store).await, 1);
        }
    }
}

#[tokio::test]
async fn i35_a_clock_that_was_set_back_while_nobody_had_the_file_open_does_not_lengthen_a_lease() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("octopoid.db"), Arc::new(ManualClock::new()));
    lose_a_claim(&*sqlite(&path, &clock)).await;
    let clock = Arc::new(ManualClock::new());
    clock.set(clock.now() - 26 * HOUR);
    let store = sqlite(&path, &clock);
    assert_eq!(freed(&*store).await, 0);
    clock.advance(LEASE);
    assert_eq!(freed(&*store).await, 1);
}

#[tokio::test]
async fn i35_the_housekeeping_of_a_server_goes_on_though_the_clock_is_set_back() {
    let clock = Arc::new(ManualClock::new());
    let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
    let id = lose_a_claim(&*store).await;
    let running = Server::new(store.clone(), clock.clone()).start(Shutdown::default());
    let housekeeping = tokio::spawn(running.housekeeping());
    tokio::task::yield_now().await;
    clock.set(clock.now() - 26 * HOUR);
    let begun = clock.monotonic();
    while store.task(&Scope::single(), &id).await.unwrap().queue() == Queue::Claimed {
        assert!(clock.monotonic() - begun < HOUR, "it stalls");
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    housekeeping.abort();
}
