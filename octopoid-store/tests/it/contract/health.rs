//! Whether the server works, and whether it takes more.

use super::setting::answer;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Policy;
use octopoid_store::SqliteStore;
use octopoid_store::server::Server;
use octopoid_store::server::Shutdown;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use std::sync::Arc;

#[tokio::test]
async fn a_server_whose_store_is_away_or_that_stops_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let path = folder.path().join("octopoid.db");
    let store = Arc::new(SqliteStore::open(path, Arc::clone(&clock), Policy::default()).unwrap());
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let running = Server::new(store.clone(), clock).start(shutdown.clone());
    // It answers on while it stops, as it does for what it took in.
    let router = with_middleware(running.router(), MiddlewareOptions::new(address));
    tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| answer(client.get(format!("http://{address}{path}"))).await;
    for path in ["/api/health", "/api/ready"] {
        let body = get(path).await.with(200);
        assert_eq!((&body["status"], &body["database"]), (&"healthy".into(), &"connected".into()), "{path}");
    }
    shutdown.trigger();
    assert_eq!(get("/api/ready").await.status, 503);
    assert_eq!(get("/api/health").await.with(200)["status"], "healthy");
    store.close();
    for path in ["/api/health", "/api/ready"] {
        let body = get(path).await.with(503);
        assert_eq!(
            (&body["status"], &body["database"]),
            (&"unhealthy".into(), &"disconnected".into()),
            "{path}"
        );
    }
    let refused = get("/api/v1/tasks").await;
    assert_eq!(refused.retry_after.as_deref(), Some("1"));
    assert_eq!(refused.with(503)["code"], "unavailable");
}
