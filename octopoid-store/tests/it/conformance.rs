//! Both backends through the suite.

use async_trait::async_trait;
use octopoid_core::model::Task;
use octopoid_core::store::{ClaimRequest, Result, Store, StoreWrapper};
use octopoid_store::{MemoryStore, SqliteStore, conformance};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn memory_store_conforms() {
    let open = |clock, policy| async { Arc::new(MemoryStore::new(clock, policy)) as Arc<dyn Store> };
    if let Err(report) = conformance::check(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let open = |clock, policy| {
        let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        async { Arc::new(SqliteStore::open(path, clock, policy).unwrap()) as Arc<dyn Store> }
    };
    if let Err(report) = conformance::check(open).await {
        panic!("{report}");
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
