//! The HTTP client and server through the suite, over real sockets.

use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{IdempotentStore, KeyStore};
use octopoid_store::server::Server;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, serve, with_middleware};
use octopoid_store::{HttpOptions, HttpStore, MemoryStore, SqliteStore, conformance};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// A server over a store, and a client of it. The server ends with the test's runtime.
async fn over_http<S: IdempotentStore + KeyStore + 'static>(
    store: Arc<S>,
    clock: Arc<dyn Clock>,
    compat: bool,
) -> Arc<dyn IdempotentStore> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // The store has the suite's clock. The server has its own: nobody steps the suite's while a machine waits for an offer.
    let server = Server::new(store.clone(), Arc::new(SystemClock)).with_keys(store);
    // Without the grace after its start: the suite's own steps of the clock say when leases end.
    let server = server.with_compat(compat).with_grace(Duration::ZERO).start(Default::default());
    let router = with_middleware(server.router(), MiddlewareOptions::new(address));
    // Without the housekeeping, for the same reason.
    tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
    let options = HttpOptions::new(format!("http://{address}"), clock);
    Arc::new(HttpStore::connect(options).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_a_server_on_memory_conforms() {
    let open = |clock: Arc<dyn Clock>, policy: Policy| {
        over_http(Arc::new(MemoryStore::new(Arc::clone(&clock), policy)), clock, false)
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_a_server_that_serves_programs_of_the_original_conforms() {
    let open = |clock: Arc<dyn Clock>, policy: Policy| {
        over_http(Arc::new(MemoryStore::new(Arc::clone(&clock), policy)), clock, true)
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_a_server_on_sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    let open = |clock: Arc<dyn Clock>, policy: Policy| {
        let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
        over_http(Arc::new(SqliteStore::open(path, Arc::clone(&clock), policy).unwrap()), clock, false)
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_a_server_on_postgres_conforms() {
    let Some(cluster) = crate::postgres::cluster::shared() else { return };
    let last = std::sync::Mutex::new(None::<Arc<octopoid_store::PostgresStore>>);
    let open = |clock: Arc<dyn Clock>, policy: Policy| {
        let options = octopoid_store::PostgresOptions::new().with_clock(Arc::clone(&clock));
        let store = octopoid_store::PostgresStore::connect(cluster.url().parse().unwrap(), policy, options);
        let store = Arc::new(store.unwrap());
        // Its server goes on until the end, and its connections need not.
        last.lock().unwrap().replace(Arc::clone(&store)).into_iter().for_each(|last| last.close());
        over_http(store, clock, false)
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}
