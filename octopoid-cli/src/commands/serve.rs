//! `octopoid serve`: serves the queue to many machines.

mod artifacts;

use super::key::database;
use crate::args::Serve;
use crate::config;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::installation::ADMIN;
use crate::installation::{DatabaseName, open_database};
use crate::logging;
use crate::output::style;
use crate::web_dashboard::ServerKeys;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::Retention;
use octopoid_store::server::http::{MiddlewareOptions, NameError, ServeOptions, Tls, bind};
use octopoid_store::server::{Access, Server};
use octopoid_web::{Dashboard, Hosts, SignIn, Viewer};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// The shortest admin token, in characters.
const SHORTEST: usize = 16;

pub(super) async fn run(args: &Serve, context: &Context) -> Result<()> {
    let name = database(&args.database, context)?;
    let (policy, retention) = match context.installation() {
        Ok(installation) => {
            let config = &installation.config.value;
            (config::policy(config), config::retention(config))
        }
        Err(_) => (Policy::default(), Retention::default()),
    };
    let store = open_database(&name, policy, None).await?.store();
    let admin = admin(context)?;
    let has_keys = store.keys(None).await?.iter().any(|key| key.revoked_at.is_none());
    let access = access(args, has_keys || admin.is_some())?;
    // Wrong names are found before anything listens.
    middleware(args, args.listen)?;
    let options = serve_options(args)?;

    logging::to_stderr(context.output.verbose, context.output.quiet, args.log_json);
    raise_file_limit();
    let listener = bind(args.listen).map_err(|error| {
        CliError::unavailable(format!("cannot listen on {}: {error}", args.listen))
            .hint("choose another address with --listen")
    })?;
    let address = listener.local_addr().doing("read the address")?;
    let middleware = middleware(args, address)?;
    let mut stop = Stop::new()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let artifacts = artifacts::open(args, &name, context).await?;
    let server = Server::new(store.clone(), Arc::clone(&clock)).with_artifacts(artifacts);
    let pages = Dashboard::builder(store.clone(), Arc::clone(&clock))
        .sign_in(SignIn::Keys(Arc::new(ServerKeys::new(store.clone(), clock))))
        // The middleware around it knows the hosts.
        .hosts(Hosts::Any)
        .https(args.tls_cert.is_some());
    // The server's reader of artifacts can wait for more of them.
    let pages = match server.artifacts() {
        Some(artifacts) => pages.artifacts(artifacts),
        None => pages,
    };
    let pages = pages.build();
    let mut server = server
        .with_pages(pages.router())
        .with_keys(store.clone())
        .with_access(access)
        .with_retention(retention)
        .with_compat(args.compat);
    if let Some(admin) = admin {
        server = server.with_admin_token(admin);
    }
    say(args, address, &name, admits(args, access, has_keys), context);
    if !has_keys && context.caller.is_person() {
        // Nobody can sign in by a key, so whoever starts the server is let in.
        let link = pages.one_time_link(Viewer::new(context.author(), Scope::single()));
        context.output.note(format_args!("  sign in    {}{link}", url(args, address)));
    }
    server
        .serve(listener, middleware, options, async move { stop.wait().await })
        .await
        .doing(format_args!("serve on {address}"))?;
    store.close();
    context.output.note("ended: everything that was taken in is finished");
    Ok(())
}

/// Raises the limit on open files: each connection is one, and the usual limit of 1024 is too low for a server.
fn raise_file_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, "the bound on open files stays as it is");
    }
}

fn admin(context: &Context) -> Result<Option<String>> {
    let Some(token) = context.environment.get(ADMIN) else { return Ok(None) };
    if token.len() < SHORTEST {
        let words = format!("{ADMIN} is too short to be a secret: use at least {SHORTEST} characters");
        return Err(CliError::configuration(words).hint("for example the output of `openssl rand -hex 32`"));
    }
    Ok(Some(token.to_owned()))
}

fn access(args: &Serve, has_keys: bool) -> Result<Access> {
    if args.insecure_no_auth {
        return Ok(Access::Everybody);
    }
    if args.listen.ip().is_loopback() {
        return Ok(Access::UntilThereIsAKey);
    }
    if has_keys {
        return Ok(Access::Keys);
    }
    Err(CliError::configuration(format!(
        "{} can be reached from other machines, and there is no key: anybody could do anything",
        args.listen
    ))
    .hint("make a key with `octopoid key create --scope default`, or say --insecure-no-auth"))
}

fn middleware(args: &Serve, address: SocketAddr) -> Result<MiddlewareOptions> {
    let wrong = |error: NameError| CliError::usage(error.to_string());
    let mut options = MiddlewareOptions::new(address);
    for host in &args.allow_host {
        options = options.allow_host(host).map_err(wrong)?;
    }
    for origin in &args.allow_origin {
        options = options.allow_origin(origin).map_err(wrong)?;
    }
    Ok(options)
}

fn serve_options(args: &Serve) -> Result<ServeOptions> {
    let options = ServeOptions::new();
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(options) };
    let tls = Tls::from_files(certificate, key, SystemClock.now()).map_err(|error| {
        CliError::configuration(error.to_string())
            .hint("both files are PEM, and the key belongs to the certificate")
    })?;
    Ok(options.with_tls(tls))
}

/// Describes who may use the server.
fn admits(args: &Serve, access: Access, has_keys: bool) -> String {
    match access {
        Access::Everybody => style::paint(style::ATTENTION, "anybody who reaches the address"),
        Access::Keys => "those who have a key".to_owned(),
        _ if args.compat => "anybody on this machine, also without a key".to_owned(),
        _ if has_keys => "those who have a key".to_owned(),
        _ => "anybody on this machine, until there is a key".to_owned(),
    }
}

fn say(args: &Serve, address: SocketAddr, database: &DatabaseName, admits: String, context: &Context) {
    let url = url(args, address);
    let output = context.output;
    output.json_line(
        &json!({ "type": "listening", "url": url, "database": database.to_string(), "compat": args.compat }),
    );
    output.note(format_args!("{} on {url}", style::paint(style::GOOD, "listening")));
    output.note(format_args!("  database   {database}"));
    output.note(format_args!("  for        {admits}"));
    output.note(format_args!("  dashboard  {url}/"));
    output.note(format_args!("  interface  {url}/api/docs"));
    if args.tls_cert.is_none() && !args.listen.ip().is_loopback() {
        let words = "connections are not encrypted: use --tls-cert and --tls-key, or a proxy that does it";
        output.note(format_args!("  {}", style::paint(style::ATTENTION, words)));
    }
}

fn url(args: &Serve, address: SocketAddr) -> String {
    let scheme = if args.tls_cert.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// The signals that end it.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).doing("listen to signals")?,
            terminate: signal(SignalKind::terminate()).doing("listen to signals")?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
