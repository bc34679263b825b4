//! All faults together. Each of them alone is proven for every write in `single/writes.rs`.

use super::served::{Served, connect, options, stream};
use crate::chaos::load::{Load, Scene, policy};
use crate::chaos::proxy::{Fault, Faults, Proxy};
use octopoid_core::store::{IdempotentStore, KeyStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

/// A load over a network with these faults, from clients to a server on this store.
async fn prove_over<S: IdempotentStore + KeyStore + 'static>(
    store: Arc<S>,
    clock: Arc<SteppedClock>,
    faults: Faults,
    load: Load,
) -> Proxy {
    let served = Served::start(Arc::clone(&store), clock.clone());
    let proxy = Proxy::start(served.address, load.seed);
    proxy.set(
        faults.with_delay(Duration::from_millis(1)..Duration::from_millis(40)).with_streams(100..20_000),
    );
    let (address, time) = (proxy.address(), Arc::clone(&clock));
    let scene = Scene {
        connect: Box::new(move |name| Box::pin(connect(options(address, &name, time.clone())))),
        pass: Arc::new(move |span| clock.advance(span)),
        server: store,
        history: Arc::default(),
        streams: vec![stream(address)],
    };
    load.prove(&scene).await;
    proxy
}

async fn prove_on_memory(faults: Faults, load: Load) -> Proxy {
    let clock = Arc::new(SteppedClock::new());
    prove_over(Arc::new(MemoryStore::new(clock.clone(), policy())), clock, faults, load).await
}

async fn prove_on_sqlite(faults: Faults, load: Load) -> Proxy {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteppedClock::new());
    let store = SqliteStore::open(folder.path().join("octopoid.db"), clock.clone(), policy()).unwrap();
    prove_over(Arc::new(store), clock, faults, load).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i04_all_faults_together_are_made_good() {
    let seed = 1;
    let proxy = prove_on_memory(Faults::all(0.2), Load::new(8, 30, seed)).await;
    for fault in Fault::ALL {
        assert!(proxy.count(fault) > 0, "{fault:?}");
    }
    prove_on_sqlite(Faults::all(0.2), Load::new(8, 30, seed)).await;
}
