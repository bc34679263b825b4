//! Both backends through the suite.

use octopoid_core::store::Store;
use octopoid_store::{MemoryStore, SqliteStore, conformance};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
