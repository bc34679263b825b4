//! `octopoid start --dashboard`: the web dashboard, served as long as the orchestrator runs.

use crate::args::Start;
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::web_dashboard::LocalServer;
use octopoid_core::store::Store;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Served dashboard; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Dashboard(JoinHandle<()>);

impl Dashboard {
    /// Begins to serve the dashboard, and prints its link; a background process hands it to the process that started it.
    pub(super) async fn begin(
        installation: &Arc<Installation>,
        store: &Arc<dyn Store>,
        args: &Start,
        context: &Context,
    ) -> Result<Self> {
        let (port, store) = (args.dashboard_port, Arc::clone(store));
        let server = LocalServer::of_installation(Arc::clone(installation), store, port, context).await?;
        if args.in_background {
            hand_over(&server.link(context));
        } else {
            server.announce(context);
        }
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

/// Writes the link into the socket that is the standard input of a background process.
fn hand_over(link: &str) {
    let socket = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
    if let Err(error) = socket.and_then(|mut socket| writeln!(socket, "{link}")) {
        tracing::warn!(%error, "the link to the dashboard could not be handed over: `octopoid dashboard --web` serves another");
    }
}
