//! A server that was started.

use super::app::App;
use super::metrics::Metrics;
use super::{auth, compat, housekeeping, openapi, routes};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use octopoid_core::store::Result;
use std::sync::Arc;
use tower::ServiceExt as _;

/// Handle of a started server. Clones are handles of the same server.
#[derive(Debug, Clone)]
pub struct ServerHandle {
    app: App,
    compat: bool,
    pages: Option<Router>,
}

impl ServerHandle {
    pub(super) fn new(app: App, compat: bool, pages: Option<Router>) -> Self {
        Self { app, compat, pages }
    }

    /// Returns the routes, without the HTTP middleware around them.
    pub fn router(&self) -> Router {
        let (mut contract, _) = routes::contract().split_for_parts();
        if self.compat {
            let state = compat::CompatState::new(self.app.clone());
            contract = contract.layer(from_fn_with_state(state, compat::translate));
        }
        let (open, _) = routes::open_routes().split_for_parts();
        let router = Router::new()
            .nest(routes::PREFIX, contract)
            .merge(routes::metrics_route())
            .layer(from_fn_with_state(Arc::clone(&self.app.keyring), auth::identify))
            .merge(open)
            .merge(openapi::routes())
            .with_state(self.app.clone());
        match &self.pages {
            Some(pages) => {
                router.fallback_service(pages.clone()).layer(from_fn_with_state(pages.clone(), pages_at_root))
            }
            None => router,
        }
    }

    /// Returns the metrics that `/metrics` reports. Give them to the middleware and to the accept loop that the router is
    /// put into, so that requests and connections are counted.
    pub fn metrics(&self) -> Metrics {
        self.app.metrics.clone()
    }

    /// Expires claims and removes old history, until the server shuts down. It has to run: machines leave that to the
    /// server.
    pub fn housekeeping(&self) -> impl Future<Output = ()> + Send + 'static {
        housekeeping::run(self.app.clone())
    }

    /// Expires the claims whose lease has run out, once; none during the grace after the start. Together with
    /// [`ServerHandle::remove_old`], this is the housekeeping of a server that its host wakes when there is something to do.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be read or written.
    pub async fn expire_leases(&self) -> Result<()> {
        housekeeping::expire(&self.app).await
    }

    /// Removes the idempotency records, artifacts and history that are older than the retention says, once.
    ///
    /// # Errors
    /// `Unavailable` where the store cannot be read or written.
    pub async fn remove_old(&self) -> Result<()> {
        housekeeping::remove_old(&self.app).await
    }
}

/// Answers `/` with the page for browsers; programs get the description of the server.
async fn pages_at_root(State(pages): State<Router>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/" && routes::wants_page(request.headers()) {
        return pages.oneshot(request).await.into_response();
    }
    next.run(request).await
}
