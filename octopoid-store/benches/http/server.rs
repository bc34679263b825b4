//! A server over a durable database.

use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::Policy;
use octopoid_core::store::{IdempotentStore, KeyStore};
use octopoid_store::SqliteStore;
use octopoid_store::server::Server;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A server in this process, on threads of its own; it ends when this is dropped.
pub(crate) struct InProcess {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
    pub(crate) folder: TempDir,
}

/// A folder beside the build: a temporary one may be in memory, where nothing is durable.
pub(crate) fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

pub(crate) fn start() -> InProcess {
    let folder = folder();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let path = folder.path().join("octopoid.db");
    let address = runtime.block_on(async { spawn(&path) });
    InProcess { address, _runtime: runtime, folder }
}

fn spawn(path: &Path) -> SocketAddr {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    serve_on(
        Arc::new(SqliteStore::open(path, Arc::clone(&clock), Policy::default()).expect("a store")),
        clock,
    )
}

/// Serves a store in the runtime that this is called in.
pub(crate) fn serve_on<S: IdempotentStore + KeyStore + 'static>(
    store: Arc<S>,
    clock: Arc<dyn Clock>,
) -> SocketAddr {
    let listener = bind("127.0.0.1:0".parse().expect("an address")).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let server = Server::new(store.clone(), clock).with_keys(store);
    let (shell, options) = (MiddlewareOptions::new(address), ServeOptions::new());
    tokio::spawn(server.serve(listener, shell, options, std::future::pending()));
    address
}

/// Serves until the process is killed, and prints the address.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub(crate) fn serve_for_ever(path: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("{}", spawn(Path::new(path)));
        std::future::pending::<()>().await;
    });
}
