//! The public suite, and after it: whatever a case left behind is the same when its folder is opened again.

use super::reopened::everything;
use custom_store::FileBackend;
use octopoid_core::clock::Clock;
use octopoid_core::model::Policy;
use octopoid_core::store::IdempotentStore;
use octopoid_store::conformance;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Opened {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    policy: Policy,
    store: Arc<dyn IdempotentStore>,
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms_and_every_end_of_a_case_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let all: Mutex<Vec<Opened>> = Mutex::default();
    let open = |clock: Arc<dyn Clock>, policy: Policy| async {
        let path = folder.path().join(all.lock().unwrap().len().to_string());
        let store = custom_store::open(&path, clock.clone(), policy.clone()).unwrap();
        let store: Arc<dyn IdempotentStore> = Arc::new(store);
        all.lock().unwrap().push(Opened { path, clock, policy, store: store.clone() });
        store
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
    let all = all.into_inner().unwrap();
    assert!(all.len() > 100, "{}", all.len());
    for Opened { path, clock, policy, store } in all {
        let before = everything(&*store).await;
        drop(store);
        let again = custom_store::open(&path, clock, policy).unwrap();
        assert_eq!(everything(&again).await, before, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backend_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let open = |clock| {
        let path = folder.path().join(number.fetch_add(1, Ordering::Relaxed).to_string());
        async { FileBackend::open(path, clock).unwrap() }
    };
    if let Err(report) = conformance::check_backend(open).await {
        panic!("{report}");
    }
}
