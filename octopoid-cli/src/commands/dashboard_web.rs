//! `octopoid dashboard --web`: the desk in a browser.

use crate::args::Dashboard;
use crate::context::Context;
use crate::error::{IoContext, Result};
use crate::logging;
use crate::web_dashboard::LocalServer;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

pub(super) async fn run(args: &Dashboard, context: &Context) -> Result<()> {
    let server = match &args.server {
        Some(url) => {
            let (store, scope) = super::dashboard::connect(url, args.scope.as_ref(), context).await?;
            LocalServer::of_server(store, scope, args.port)?
        }
        None => {
            let installation = Arc::new(context.installation()?);
            let store = installation.store(&context.environment).await?;
            LocalServer::of_installation(installation, store, args.port, context).await?
        }
    };
    logging::to_stderr(context.output.verbose, true, false);
    let mut interrupt = signal(SignalKind::interrupt()).doing("listen to signals")?;
    let mut terminate = signal(SignalKind::terminate()).doing("listen to signals")?;
    server.announce(context);
    context.output.note("  Ctrl-C ends it");
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.serve(stop).await
}
