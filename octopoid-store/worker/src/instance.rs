//! The server in an object.

use crate::clock::PlatformClock;
use crate::database::ObjectDatabase;
use crate::respond::with_body_limit;
use crate::settings::Settings;
use crate::spawn::LocalSpawn;
use crate::testing::StoreClock;
use axum::Router;
use octopoid_core::store::{ArtifactStore, KeyStore, Result};
use octopoid_store::BackendStore;
use octopoid_store::server::{Server, ServerHandle, Shutdown};
use octopoid_store::sqlite::HostBackend;
use std::sync::Arc;
use std::time::Duration;

/// Store of an object.
pub(crate) type ObjectStore = BackendStore<HostBackend>;

/// Returns the store in an object's database.
pub(crate) fn open(
    database: Arc<ObjectDatabase>,
    clock: &StoreClock,
    settings: &Settings,
) -> Result<Arc<ObjectStore>> {
    let backend = HostBackend::new(database, clock.get())?;
    Ok(Arc::new(BackendStore::with_backend(backend, settings.policy())))
}

/// Server in an object.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) store: Arc<ObjectStore>,
    pub(crate) handle: ServerHandle,
    pub(crate) router: Router,
}

/// What differs between the servers of a deployment.
pub(crate) struct Parts {
    pub(crate) store: Arc<ObjectStore>,
    pub(crate) keys: Arc<dyn KeyStore>,
    pub(crate) artifacts: Option<Arc<dyn ArtifactStore>>,
    /// How long from now on no claim is expired.
    pub(crate) grace: Duration,
}

impl Instance {
    /// Starts a server.
    pub(crate) fn start(settings: &Settings, parts: Parts) -> Self {
        let Parts { store, keys, artifacts, grace } = parts;
        let server = Server::new(store.clone(), Arc::new(PlatformClock::default()))
            .with_keys(keys)
            .with_spawner(Arc::new(LocalSpawn))
            .with_grace(grace);
        let server = match artifacts {
            Some(artifacts) => server.with_artifacts(artifacts),
            None => server,
        };
        let handle = settings.configure(server).start(Shutdown::new());
        let router = with_body_limit(handle.router());
        Self { store, handle, router }
    }
}
