//! Both backends through the suite.

use async_trait::async_trait;
use octopoid_core::model::{Event, Scope, Task, TaskId};
use octopoid_core::store::{ClaimRequest, EventQuery, IdempotentStore, Result, Store, StoreWrapper};
use octopoid_core::transition::Command;
use octopoid_store::memory::MemoryBackend;
use octopoid_store::sqlite::SqliteBackend;
use octopoid_store::{MemoryStore, SqliteOptions, SqliteStore, conformance};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn memory_store_conforms() {
    let open =
        |clock, policy| async { Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn IdempotentStore> };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let open = |clock, policy| {
        let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        async { Arc::new(SqliteStore::open(path, clock, policy).unwrap()) as Arc<dyn IdempotentStore> }
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backends_conform() {
    let memory = |clock| async { MemoryBackend::new(clock) };
    if let Err(report) = conformance::check_backend(memory).await {
        panic!("memory: {report}");
    }
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let sqlite = |clock| {
        let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        async { SqliteBackend::open(path, clock, SqliteOptions::new()).unwrap() }
    };
    if let Err(report) = conformance::check_backend(sqlite).await {
        panic!("SQLite: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapper_that_overrides_nothing_conforms() {
    let open = |clock, policy| async {
        let inner = Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store>;
        Arc::new(Plain { inner }) as Arc<dyn Store>
    };
    if let Err(report) = conformance::check(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hands_one_task_in_500_to_two_claimers_is_found() {
    for seed in 0..8 {
        let open = |clock, policy| async move {
            let inner = Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store>;
            Arc::new(Twice { inner, seed, claims: Mutex::default() }) as Arc<dyn Store>
        };
        let report = conformance::check(open).await.unwrap_err();
        let found = report.failures.iter().find(|failure| failure.case == RACE);
        let found = found.unwrap_or_else(|| panic!("seed {seed} is not found: {report}"));
        assert!(found.what.contains("was handed to two claimers"), "seed {seed}: {report}");
    }
}

const RACE: &str = "races::i03_concurrent_claimers_get_each_task_once";

const LOST_UPDATE: &str = "isolation::i02_no_update_of_a_task_is_lost";

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_loses_one_update_in_100_is_found() {
    let open = |clock, policy| async move {
        let inner = Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store>;
        Arc::new(Loses { inner, updates: AtomicUsize::new(0), last: Mutex::default() }) as Arc<dyn Store>
    };
    let report = conformance::check(open).await.unwrap_err();
    assert!(report.failures.iter().any(|failure| failure.case == LOST_UPDATE), "{report}");
}

const EVENT_ORDER: &str = "isolation::whoever_has_seen_an_event_has_seen_those_before_it";

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_shows_an_event_after_a_later_one_is_found() {
    let open = |clock, policy| async move {
        let inner = Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store>;
        Arc::new(OutOfOrder { inner, reads: AtomicUsize::new(0) }) as Arc<dyn Store>
    };
    let report = conformance::check(open).await.unwrap_err();
    assert!(report.failures.iter().any(|failure| failure.case == EVENT_ORDER), "{report}");
}

/// A store around a store, as it is.
#[derive(Debug)]
struct Plain {
    inner: Arc<dyn Store>,
}

#[async_trait]
impl StoreWrapper for Plain {
    fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }
}

/// A store that now and then answers a claim with the task that was claimed last.
#[derive(Debug)]
struct Twice {
    inner: Arc<dyn Store>,
    seed: u64,
    /// How many there were, and the last.
    claims: Mutex<(u64, Option<Task>)>,
}

#[async_trait]
impl StoreWrapper for Twice {
    fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        {
            let mut claims = self.claims.lock().unwrap();
            claims.0 += 1;
            let mut random = StdRng::seed_from_u64(self.seed << 32 | claims.0);
            if random.random_ratio(1, 500) && claims.1.is_some() {
                return Ok(claims.1.clone());
            }
        }
        let claimed = self.inner.claim(request).await?;
        if claimed.is_some() {
            self.claims.lock().unwrap().1.clone_from(&claimed);
        }
        Ok(claimed)
    }
}

/// A store that now and then acknowledges a command that another one overwrites.
#[derive(Debug)]
struct Loses {
    inner: Arc<dyn Store>,
    updates: AtomicUsize,
    last: Mutex<Option<Task>>,
}

#[async_trait]
impl StoreWrapper for Loses {
    fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        let known = self.last.lock().unwrap().clone().filter(|task| &task.id == id);
        let lost = self.updates.fetch_add(1, Ordering::Relaxed) % 100 == 99;
        if let Some(task) = known.filter(|_| lost) {
            return Ok(task);
        }
        let task = self.inner.apply(scope, id, command).await?;
        self.last.lock().unwrap().replace(task.clone());
        Ok(task)
    }
}

/// A store that now and then shows an event only after the one that follows it.
#[derive(Debug)]
struct OutOfOrder {
    inner: Arc<dyn Store>,
    reads: AtomicUsize,
}

#[async_trait]
impl StoreWrapper for OutOfOrder {
    fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }

    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        let mut events = self.inner.events(query).await?;
        if events.len() > 1 && self.reads.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            events.remove(events.len() - 2);
        }
        Ok(events)
    }
}
