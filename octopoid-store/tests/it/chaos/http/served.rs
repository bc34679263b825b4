//! A server in this program that can be ended from one moment to the next, and clients of servers.

use crate::chaos::load::PATIENCE;
use octopoid_core::clock::Clock;
use octopoid_core::model::{Event, Queue, Scope, Task};
use octopoid_core::store::{EventQuery, IdempotentStore, KeyStore, Store};
use octopoid_core::transition::{Actor, Command};
use octopoid_store::server::Server;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions};
use octopoid_store::{HttpOptions, HttpStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// How often a client tries to reach its server, each time for as long as its patience lasts.
const CONNECTS: usize = 20;

/// Answers on a listener for ever.
pub(crate) async fn serve<S: IdempotentStore + KeyStore + 'static>(
    store: Arc<S>,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    options: ServeOptions,
) {
    // Without the grace after its start, which is longer than a test: leases end while it is away, and machines free them.
    let server = Server::new(store.clone(), clock).with_keys(store).with_grace(Duration::ZERO);
    // Clients come by the proxy's address.
    let shell = MiddlewareOptions::new(listener.local_addr().unwrap()).allow_host("*").unwrap();
    server.serve(listener, shell, options, std::future::pending()).await.unwrap();
}

/// A server on threads of its own.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Served {
    pub(crate) fn start<S: IdempotentStore + KeyStore + 'static>(
        store: Arc<S>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::with(store, clock, ServeOptions::new())
    }

    pub(crate) fn with<S: IdempotentStore + KeyStore + 'static>(
        store: Arc<S>,
        clock: Arc<dyn Clock>,
        options: ServeOptions,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let _inside = runtime.enter();
        runtime.spawn(serve(store, clock, TcpListener::from_std(listener).unwrap(), options));
        Self { address, runtime: Some(runtime) }
    }
}

impl Drop for Served {
    /// Everything it was doing stops where it waits.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Everything that a store has logged and that a query asks for.
pub(crate) async fn log(store: &dyn Store, mut query: EventQuery) -> Vec<Event> {
    let mut log: Vec<Event> = Vec::new();
    loop {
        let page = store.events(&query).await.unwrap();
        let Some(last) = page.last() else { return log };
        query.after = last.seq;
        log.extend(page);
    }
}

/// Writes an event with a note of so many bytes.
pub(crate) async fn say(store: &dyn Store, task: &Task, bytes: usize) {
    let actor = Actor::Person("ada".to_owned());
    let command = Command::Force { actor, to: Queue::Backlog.into(), reason: "x".repeat(bytes) };
    store.apply(&task.scope, &task.id, command).await.unwrap();
}

/// How a machine reaches the server at an address; it gives a request up soon, so that a test need not wait.
pub(crate) fn options(address: SocketAddr, machine: &str, clock: Arc<dyn Clock>) -> HttpOptions {
    HttpOptions::new(format!("http://{address}"), clock)
        .with_scope(Scope::single())
        .with_orchestrator(machine.parse().unwrap())
        .with_timeout(Duration::from_millis(300))
        .with_retry_timeout(Duration::from_secs(2))
        .with_idle_timeout(Duration::from_millis(500))
}

/// Where a server at an address tells everybody of every event.
pub(crate) fn stream(address: SocketAddr) -> String {
    format!("http://{address}/api/v1/events?scope=*")
}

/// Where it tells of those of one scope.
pub(crate) fn stream_of(address: SocketAddr, scope: &Scope) -> String {
    format!("http://{address}/api/v1/events?scope={scope}")
}

/// A client, as soon as the server can be reached. Where all is so slow that no attempt ends in its time, the client is
/// given more of it.
pub(crate) async fn connect(mut options: HttpOptions) -> Arc<dyn IdempotentStore> {
    for _ in 0..CONNECTS {
        match HttpStore::connect(options.clone()).await {
            Ok(store) => return Arc::new(store),
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
        options.timeout = (2 * options.timeout).min(PATIENCE);
        options.retry_timeout = (2 * options.retry_timeout).min(PATIENCE);
    }
    panic!("{options:?}: the server cannot be reached, {CONNECTS} times");
}
