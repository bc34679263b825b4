//! `octopoid dashboard`: the desk in the terminal.

use crate::args::Dashboard;
use crate::config::Server;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::{Connection, FOLDER};
use crate::tui::{self, Desk, Theme};
use octopoid_core::model::Scope;
use octopoid_store::HttpStore;
use std::sync::Arc;

pub(super) async fn run(args: &Dashboard, context: &Context) -> Result<()> {
    if args.web {
        return super::dashboard_web::run(args, context).await;
    }
    let environment = &context.environment;
    if context.output.json {
        return Err(CliError::usage("the dashboard is for people")
            .hint("`octopoid status --json` and `octopoid list --json` have the same for programs"));
    }
    if environment.get("TERM").is_none_or(|term| term == "dumb") {
        return Err(CliError::usage("this terminal cannot move its cursor: TERM is `dumb` or not set").hint(
            "`octopoid status` and `octopoid list` print the same as text; or set TERM, such as to xterm",
        ));
    }
    let desk = match &args.server {
        Some(url) => {
            let (store, scope) = connect(url, args.scope.as_ref(), context).await?;
            Desk::of_server(url, store, scope, context.clone())
        }
        None => Desk::of_installation(context.installation()?, context.clone()).await?,
    };
    tui::run(desk, Theme::of(environment)).await
}

/// Connects to a server, with no repository or configuration at hand.
pub(super) async fn connect(
    url: &str,
    scope: Option<&Scope>,
    context: &Context,
) -> Result<(Arc<HttpStore>, Scope)> {
    let scope = scope.cloned().unwrap_or_else(Scope::single);
    let server = Server { url: Some(url.to_owned()), scope: Some(scope.clone()), ..Server::default() };
    let folder = context.directory.join(FOLDER);
    let connection = Connection::new(&server, &context.directory, &folder, &context.environment)?;
    Ok((Arc::new(connection.open().await?), scope))
}
