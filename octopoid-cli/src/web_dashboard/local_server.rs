//! The web dashboard of an installation, on a loopback address.

use super::Here;
use crate::artifacts::Artifacts;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::installation::Installation;
use crate::output::style;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::Scope;
use octopoid_core::store::Store;
use octopoid_store::HttpStore;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_web::{Dashboard, DashboardBuilder, Viewer};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Port that is taken unless another is named, if it is free.
const PORT: u16 = 8788;

/// Dashboard that is ready to be served.
#[derive(Debug)]
pub(crate) struct LocalServer {
    dashboard: Dashboard,
    listener: TcpListener,
    address: SocketAddr,
    scope: Scope,
}

impl LocalServer {
    /// Opens the dashboard of an installation. Without a port, a free one is taken.
    pub(crate) async fn of_installation(
        installation: Arc<Installation>,
        store: Arc<dyn Store>,
        port: Option<u16>,
        context: &Context,
    ) -> Result<Self> {
        let scope = installation.scope();
        let mut builder = Dashboard::builder(Arc::clone(&store), clock());
        if let Some(repository) = repository(&installation, context) {
            builder = builder.repository(repository);
        }
        let artifacts = Artifacts::of(&installation, &context.environment).await?;
        builder = builder.artifacts(Arc::new(artifacts));
        let here = Here::new(installation, store, &context.environment);
        let here = here.await.doing("watch the folder of the orchestrator's state")?;
        Self::open(builder.installation(Arc::new(here)), scope, port)
    }

    /// Opens the dashboard of a scope on a server, with no repository at hand.
    pub(crate) fn of_server(store: Arc<HttpStore>, scope: Scope, port: Option<u16>) -> Result<Self> {
        Self::open(Dashboard::builder(store.clone(), clock()).artifacts(store), scope, port)
    }

    fn open(builder: DashboardBuilder, scope: Scope, port: Option<u16>) -> Result<Self> {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = match port {
            Some(port) => bind(local(port)).map_err(|error| {
                CliError::unavailable(format!("cannot listen on {}: {error}", local(port)))
                    .hint("choose another port with --port, or leave it out")
            })?,
            None => bind(local(PORT)).or_else(|_| bind(local(0))).doing("listen on a loopback address")?,
        };
        let address = listener.local_addr().doing("read the address")?;
        Ok(Self { dashboard: builder.build(), listener, address, scope })
    }

    /// Returns a sign-in link, which works once.
    pub(crate) fn link(&self, context: &Context) -> String {
        let link = self.dashboard.one_time_link(Viewer::new(context.author(), self.scope.clone()));
        format!("http://{}{link}", self.address)
    }

    /// Prints the one-time link for the person who gives the command.
    pub(crate) fn announce(&self, context: &Context) {
        let url = self.link(context);
        let output = context.output;
        output.json_line(&json!({ "type": "dashboard", "url": url, "address": self.address }));
        output.note(format_args!("{} at {url}", style::paint(style::GOOD, "dashboard")));
        output.note("  the link works once, within 15 minutes; the menu at the top right makes another");
    }

    /// Answers until `stop` completes.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) -> Result<()> {
        let options = MiddlewareOptions::new(self.address);
        let serving = ServeOptions::new().with_metrics(options.metrics.clone());
        let router = with_middleware(self.dashboard.router(), options);
        serve(router, self.listener, serving, stop).await.doing(format_args!("serve on {}", self.address))
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Opens the repository of an installation; none if that is not possible, which `octopoid doctor` explains.
fn repository(installation: &Installation, context: &Context) -> Option<Repository> {
    let git = Git::new(context.environment.variables.clone());
    match Repository::open(installation.repository(), git) {
        Ok(repository) => Some(repository),
        Err(error) => {
            context.output.warn(format_args!("the dashboard shows no changes: {error}"));
            None
        }
    }
}
