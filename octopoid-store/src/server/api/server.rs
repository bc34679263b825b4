//! The builder of a server.

use super::app::{App, State};
use super::auth::{Access, Keyring, KeyringOptions};
use super::handle::ServerHandle;
use super::hub::Hub;
use super::known_roles::KnownRoles;
use super::limiter::RateLimit;
use super::live_artifacts::LiveArtifacts;
use super::metrics::Metrics;
use super::shutdown::Shutdown;
use super::spawn::{Spawn, TokioSpawn};
use axum::Router;
use octopoid_core::clock::Clock;
use octopoid_core::store::{ArtifactReader, ArtifactStore, IdempotentStore, KeyStore, Retention};
use std::sync::Arc;
use std::time::Duration;

/// Number of requests that a key may send at once, and again in each period.
const REQUESTS: (u32, Duration) = (20_000, Duration::from_secs(1));
/// Number of wrong keys that may come from an address at once, and again in each period.
const FAILURES: (u32, Duration) = (20, Duration::from_secs(60));
/// Time after the start in which no claim is expired.
const GRACE: Duration = Duration::from_secs(60);

/// Builder of a server over a store.
#[derive(Debug)]
pub struct Server {
    store: Arc<dyn IdempotentStore>,
    artifacts: Option<Arc<LiveArtifacts>>,
    keys: Option<Arc<dyn KeyStore>>,
    clock: Arc<dyn Clock>,
    access: Access,
    admin_token: Option<String>,
    compat: bool,
    requests: (u32, Duration),
    failures: (u32, Duration),
    grace: Duration,
    retention: Retention,
    metrics: Metrics,
    pages: Option<Router>,
    spawner: Arc<dyn Spawn>,
}

impl Server {
    /// Creates a server without keys, which answers every request.
    pub fn new(store: Arc<dyn IdempotentStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            artifacts: None,
            keys: None,
            clock,
            access: Access::default(),
            admin_token: None,
            compat: false,
            requests: REQUESTS,
            failures: FAILURES,
            grace: GRACE,
            retention: Retention::default(),
            metrics: Metrics::new(),
            pages: None,
            spawner: Arc::new(TokioSpawn),
        }
    }

    /// Sets the store of the files that runs leave for people. By default the server keeps none.
    #[must_use]
    pub fn with_artifacts(mut self, artifacts: Arc<dyn ArtifactStore>) -> Self {
        self.artifacts = Some(Arc::new(LiveArtifacts::new(artifacts, Arc::clone(&self.clock))));
        self
    }

    /// Returns the reader of the artifacts, which can wait for more of what grows; `None` on a server that keeps none.
    pub fn artifacts(&self) -> Option<Arc<dyn ArtifactReader>> {
        self.artifacts.clone().map(|artifacts| artifacts as Arc<dyn ArtifactReader>)
    }

    /// Sets the store of the keys that open scopes.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<dyn KeyStore>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets which requests are answered.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Sets the secret of the server's operator, which opens every scope and creates keys.
    #[must_use]
    pub fn with_admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// Sets whether programs that were written for the original server are served as it served them: what they leave out is
    /// filled in, what they send beyond the contract is taken, and a scope that has a key may be used without, unless
    /// [`Access::Keys`] is the rule. Clients of this project are served as always.
    #[must_use]
    pub fn with_compat(mut self, compat: bool) -> Self {
        self.compat = compat;
        self
    }

    /// Sets how many requests a key may send in a period. Default: 20 000 a second.
    #[must_use]
    pub fn with_request_limit(mut self, requests: u32, period: Duration) -> Self {
        self.requests = (requests, period);
        self
    }

    /// Sets how many wrong keys may come from an address in a period. Default: 20 a minute.
    #[must_use]
    pub fn with_failure_limit(mut self, failures: u32, period: Duration) -> Self {
        self.failures = (failures, period);
        self
    }

    /// Sets how long after the start no claim is expired, so that machines that could not renew while the server was away
    /// come back first. Default: a minute.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long events, records of runs, artifacts and idempotency records are kept.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets the pages for people: they answer `/` to browsers, and every path that is not one of the server's own.
    #[must_use]
    pub fn with_pages(mut self, pages: Router) -> Self {
        self.pages = Some(pages);
        self
    }

    /// Sets what runs the server's work in the background. Default: the tokio runtime in which the server is used.
    #[must_use]
    pub fn with_spawner(mut self, spawner: Arc<dyn Spawn>) -> Self {
        self.spawner = spawner;
        self
    }

    /// Returns what `/metrics` will report.
    #[cfg(feature = "server")]
    pub(in crate::server) fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Starts the server's parts. `shutdown` ends its long answers and its housekeeping.
    pub fn start(self, shutdown: Shutdown) -> ServerHandle {
        let Self {
            store,
            artifacts,
            keys,
            clock,
            access,
            admin_token,
            compat,
            grace,
            retention,
            metrics,
            pages,
            spawner,
            ..
        } = self;
        let access = match access {
            // Programs that know of no keys go on once a scope has one. Where others can reach the server, that is no
            // reason to let everybody in.
            Access::UntilThereIsAKey if compat => Access::Everybody,
            access => access,
        };
        let keyring = Keyring::new(KeyringOptions {
            store: keys,
            clock: Arc::clone(&clock),
            access,
            admin_token,
            requests: RateLimit::new(self.requests.0, self.requests.1),
            failures: RateLimit::new(self.failures.0, self.failures.1),
        });
        let hub = Hub::new(store.clone(), Arc::clone(&clock), spawner);
        if let Some(artifacts) = &artifacts {
            artifacts.tell_by(hub.dispatcher());
        }
        let state = State {
            keyring: Arc::new(keyring),
            hub,
            roles: KnownRoles::new(store.clone(), Arc::clone(&clock)),
            started_at: clock.monotonic(),
            store,
            artifacts,
            clock,
            shutdown,
            metrics,
            grace,
            retention,
        };
        ServerHandle::new(App(Arc::new(state)), compat, pages)
    }
}
