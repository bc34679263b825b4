//! The backend through the suites.

use super::cluster::shared;
use octopoid_core::store::IdempotentStore;
use octopoid_store::postgres::PostgresBackend;
use octopoid_store::{PostgresOptions, PostgresStore, conformance};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn postgres_store_conforms() {
    let Some(cluster) = shared() else { return };
    let open = |clock, policy| async move {
        let options = PostgresOptions::new().with_clock(clock);
        let store = PostgresStore::connect(cluster.url().parse().unwrap(), policy, options).unwrap();
        Arc::new(store) as Arc<dyn IdempotentStore>
    };
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backend_conforms() {
    let Some(cluster) = shared() else { return };
    let open = |clock| async move {
        let options = PostgresOptions::new().with_clock(clock);
        PostgresBackend::connect(cluster.url().parse().unwrap(), options).unwrap()
    };
    if let Err(report) = conformance::check_backend(open).await {
        panic!("{report}");
    }
}
