//! The HTTP server: any store, over the REST contract.
//!
//! ```no_run
//! use octopoid_core::clock::SystemClock;
//! use octopoid_core::model::Policy;
//! use octopoid_store::MemoryStore;
//! use octopoid_store::server::{Server, shell::{ServeOptions, ShellOptions}};
//! use std::sync::Arc;
//!
//! # async fn example() -> std::io::Result<()> {
//! let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8787").await?;
//! let server = Server::new(store.clone(), Arc::new(SystemClock)).with_keys(store);
//! server.serve(listener, ShellOptions::new("127.0.0.1:8787".parse().unwrap()), ServeOptions::new(), std::future::pending()).await
//! # }
//! ```
//!
//! To put the routes beside one's own, [`Server::start`] it, take [`Running::router`] and let [`Running::keep_up`] run.

mod app;
mod auth;
mod compat;
mod dispatch;
mod hub;
mod input;
mod json;
mod metrics;
mod openapi;
mod page;
mod problem;
mod ring;
mod routes;
pub mod shell;
mod upkeep;

pub use auth::{Access, digest, generate_key};
pub use openapi::openapi_json;

use app::{App, Inner, KnownRoles};
use auth::Keyring;
use axum::Router;
use hub::Hub;
use octopoid_core::clock::Clock;
use octopoid_core::store::{IdempotentStore, KeyStore, Retention};
use shell::{Limiter, Metrics, ServeOptions, ShellOptions, Stopping, around};
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How many requests a key may make at once, and again in each period.
const REQUESTS: (u32, Duration) = (20_000, Duration::from_secs(1));
/// How long after its start the server frees no claim.
const GRACE: Duration = Duration::from_secs(60);
/// How many wrong keys may come from an address at once, and again in each period.
const FAILURES: (u32, Duration) = (20, Duration::from_secs(60));

/// A server over a store, before it listens.
#[derive(Debug)]
pub struct Server {
    store: Arc<dyn IdempotentStore>,
    keys: Option<Arc<dyn KeyStore>>,
    clock: Arc<dyn Clock>,
    access: Access,
    admin: Option<String>,
    compat: bool,
    requests: (u32, Duration),
    failures: (u32, Duration),
    grace: Duration,
    retention: Retention,
    metrics: Metrics,
}

impl Server {
    /// A server that anybody may use and that keeps no keys.
    pub fn new(store: Arc<dyn IdempotentStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            keys: None,
            clock,
            access: Access::default(),
            admin: None,
            compat: false,
            requests: REQUESTS,
            failures: FAILURES,
            grace: GRACE,
            retention: Retention::default(),
            metrics: Metrics::new(),
        }
    }

    /// With keys that open scopes.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<dyn KeyStore>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// With another rule for who may come in.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// With a secret for whoever runs the server: it opens every scope, and makes keys.
    #[must_use]
    pub fn with_admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin = Some(token.into());
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

    /// With another bound on the requests that a key may make in a period. 20 000 a second.
    #[must_use]
    pub fn with_request_limit(mut self, requests: u32, period: Duration) -> Self {
        self.requests = (requests, period);
        self
    }

    /// With another bound on the wrong keys that may come from an address in a period. 20 a minute.
    #[must_use]
    pub fn with_failure_limit(mut self, failures: u32, period: Duration) -> Self {
        self.failures = (failures, period);
        self
    }

    /// With another time after the start in which no claim is freed, so that whoever could not renew while the server was
    /// away comes back first. A minute.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long events, records of runs and answers to repeated requests are kept.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Makes the parts that run. `stopping` ends what lasts long.
    pub fn start(self, stopping: Stopping) -> Running {
        let limiter =
            |(burst, period): (u32, Duration)| (NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN), period);
        let (requests, failures) = (limiter(self.requests), limiter(self.failures));
        let access = match self.access {
            // Programs that know of no keys go on once a scope has one. Where others can reach the server, that is no
            // reason to let everybody in.
            Access::UntilThereIsAKey if self.compat => Access::Everybody,
            access => access,
        };
        let keyring = Keyring::new(
            self.keys,
            access,
            self.admin.as_deref(),
            Limiter::new(requests.0, requests.1),
            Limiter::new(failures.0, failures.1),
        );
        let hub = Hub::new(self.store.clone());
        let Self { store, clock, compat, metrics, grace, retention, .. } = self;
        let started_at = clock.monotonic();
        let roles = KnownRoles::default();
        let inner =
            Inner { store, keyring, clock, hub, roles, stopping, metrics, started_at, grace, retention };
        Running { app: App { inner: Arc::new(inner) }, compat }
    }

    /// Answers on a listener until `stop` completes, and then finishes what it took in. Frees expired claims meanwhile.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn serve(
        self,
        listener: TcpListener,
        shell: ShellOptions,
        options: ServeOptions,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let metrics = self.metrics.clone();
        let running = self.start(Stopping::new());
        let router = shell::shell(running.router(), shell.with_metrics(metrics.clone()));
        let upkeep = tokio::spawn(running.keep_up());
        let stopping = running.app.stopping.clone();
        let stop = async move {
            stop.await;
            // The long waits first, so that the short ones are not waited for in vain.
            stopping.stop();
        };
        let served = shell::serve(router, listener, options.with_metrics(metrics), stop).await;
        running.app.stopping.stop();
        let _ = upkeep.await;
        served
    }
}

/// A server's parts at work.
#[derive(Debug, Clone)]
pub struct Running {
    app: App,
    compat: bool,
}

impl Running {
    /// The routes, without the middleware around them: [`shell::shell`] adds that.
    pub fn router(&self) -> Router {
        let (mut contract, _) = routes::contract().split_for_parts();
        if self.compat {
            let (app, locks) = (self.app.clone(), Arc::new(compat::Locks::new()));
            contract = contract.layer(around(move |request, inside| {
                compat::translate(app.clone(), Arc::clone(&locks), request, inside)
            }));
        }
        let (open, _) = routes::open_routes().split_for_parts();
        let app = self.app.clone();
        contract
            .merge(metrics::routes())
            .layer(around(move |request, inside| auth::identify(app.clone(), request, inside)))
            .merge(open)
            .merge(openapi::routes())
            .with_state(self.app.clone())
    }

    /// What `/metrics` tells. Give it to [`ShellOptions::with_metrics`] and [`ServeOptions::with_metrics`] of whatever the
    /// routes are put into, so that the requests and connections are counted in it.
    pub fn metrics(&self) -> Metrics {
        self.app.metrics.clone()
    }

    /// Frees expired claims and forgets old requests, until the server stops. It has to run: machines leave that to the
    /// server.
    pub fn keep_up(&self) -> impl Future<Output = ()> + Send + 'static {
        upkeep::keep_up(self.app.clone())
    }
}
