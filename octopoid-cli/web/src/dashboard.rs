//! The builder of a dashboard.

use crate::access::{Hosts, Sessions, SignIn, Viewer, guard};
use crate::artifacts::Artifacts;
use crate::hub::Hub;
use crate::local::Installation;
use crate::marks::Marks;
use crate::routes;
use axum::Router;
use axum::middleware::from_fn_with_state;
use octopoid_core::clock::Clock;
use octopoid_core::git::Repository;
use octopoid_core::model::Scope;
use octopoid_core::store::{ArtifactReader, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Builder of a dashboard over a store.
#[derive(Debug)]
pub struct DashboardBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sign_in: SignIn,
    repository: Option<Repository>,
    installation: Option<Arc<dyn Installation>>,
    artifacts: Artifacts,
    hosts: Hosts,
    base: String,
    https: bool,
}

impl DashboardBuilder {
    /// Sets the repository that the work is in; without one, diffs cannot be shown.
    #[must_use]
    pub fn repository(mut self, repository: Repository) -> Self {
        self.repository = Some(repository);
        self
    }

    /// Sets the installation on this machine.
    #[must_use]
    pub fn installation(mut self, installation: Arc<dyn Installation>) -> Self {
        self.installation = Some(installation);
        self
    }

    /// Adds a reader of the artifacts of runs; may be repeated. The first that has an artifact gives it.
    #[must_use]
    pub fn artifacts(mut self, reader: Arc<dyn ArtifactReader>) -> Self {
        self.artifacts.add(reader);
        self
    }

    /// Sets how people sign in. Default: by one-time links.
    #[must_use]
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = sign_in;
        self
    }

    /// Sets the hosts that the dashboard answers for. Default: this machine's loopback names.
    #[must_use]
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// Sets the path that the router is nested at, such as `/desk`. Default: the root.
    #[must_use]
    pub fn nested_at(mut self, path: &str) -> Self {
        self.base = path.trim_end_matches('/').to_owned();
        self
    }

    /// Sets whether browsers reach the dashboard over HTTPS alone, so that they send its cookie nowhere else.
    #[must_use]
    pub fn https(mut self, https: bool) -> Self {
        self.https = https;
        self
    }

    /// Builds the dashboard.
    pub fn build(self) -> Dashboard {
        let Self { store, clock, sign_in, repository, installation, artifacts, hosts, base, https } = self;
        let sessions = Sessions::new(Arc::clone(&clock));
        let (hubs, marks) = (Mutex::default(), Marks::default());
        Dashboard(Arc::new(Shared {
            store,
            clock,
            sign_in,
            repository,
            installation,
            artifacts,
            hosts,
            base,
            https,
            sessions,
            hubs,
            marks,
        }))
    }
}

/// Web dashboard: pages over a store. Clones are the same dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard(Arc<Shared>);

impl Dashboard {
    /// Creates a builder of a dashboard over a store.
    pub fn builder(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> DashboardBuilder {
        DashboardBuilder {
            store,
            clock,
            sign_in: SignIn::Links,
            repository: None,
            installation: None,
            artifacts: Artifacts::default(),
            hosts: Hosts::default(),
            base: String::new(),
            https: false,
        }
    }

    /// Returns the routes, which answer every path.
    pub fn router(&self) -> Router {
        let guarded = from_fn_with_state(Arc::clone(&self.0), guard);
        routes::routes().layer(guarded).with_state(Arc::clone(&self.0))
    }

    /// Creates a link that signs a person in: the path and query of an address. It can be used once, within 15 minutes.
    pub fn one_time_link(&self, viewer: Viewer) -> String {
        format!("{}/enter?token={}", self.0.base, self.0.sessions.link(viewer))
    }
}

/// State that all handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sign_in: SignIn,
    pub(crate) repository: Option<Repository>,
    pub(crate) installation: Option<Arc<dyn Installation>>,
    pub(crate) artifacts: Artifacts,
    pub(crate) hosts: Hosts,
    pub(crate) base: String,
    pub(crate) https: bool,
    pub(crate) sessions: Sessions,
    pub(crate) marks: Marks,
    hubs: Mutex<HashMap<Scope, Arc<Hub>>>,
}

impl Shared {
    /// Returns the address of a page of the dashboard, by its path below the base.
    pub(crate) fn url(&self, path: &str) -> String {
        // A router that is nested has its root at the path itself, without a slash.
        match path.strip_prefix('/') {
            Some(rest) if !self.base.is_empty() && matches!(rest.chars().next(), None | Some('?' | '#')) => {
                format!("{}{rest}", self.base)
            }
            _ => format!("{}{path}", self.base),
        }
    }

    /// Returns the board of a scope.
    pub(crate) fn hub(&self, scope: &Scope) -> Arc<Hub> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Hub::new(self.store.clone(), scope.clone(), self.installation.clone());
        Arc::clone(hubs.entry(scope.clone()).or_insert_with(new))
    }
}
