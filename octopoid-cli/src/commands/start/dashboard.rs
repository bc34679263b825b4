//! `octopoid start --dashboard`: the web dashboard, served as long as the orchestrator runs.

use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::web_dashboard::LocalServer;
use octopoid_core::store::Store;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Served dashboard; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Dashboard(JoinHandle<()>);

impl Dashboard {
    /// Begins to serve the dashboard, and prints its link.
    pub(super) async fn begin(
        installation: &Arc<Installation>,
        store: &Arc<dyn Store>,
        port: Option<u16>,
        context: &Context,
    ) -> Result<Self> {
        let server =
            LocalServer::of_installation(Arc::clone(installation), Arc::clone(store), port, context).await?;
        server.announce(context);
        let output = context.output;
        Ok(Self(tokio::spawn(async move {
            if let Err(error) = server.serve(std::future::pending()).await {
                output.warn(format_args!("the dashboard has ended: {}", error.message));
            }
        })))
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.0.abort();
    }
}
