//! Octopoid's server on Cloudflare Workers.
//!
//! Each scope is one Durable Object ([`scope`]) with the scope's tasks in its own SQLite: one writer, real transactions, and the
//! event feed to all who listen. The routes are those of every Octopoid server (`octopoid_store::server`), over the same tables and
//! queries as a SQLite file. One more object ([`keys`]) has the keys and the names of the scopes. In front of them the Worker itself
//! ([`route`]) decides which object a request is for, and passes it on as it came.
#![cfg(target_family = "wasm")]

mod artifacts;
mod clock;
mod database;
mod instance;
mod keys;
mod log;
mod overdue;
mod registered;
mod remote_keys;
mod respond;
mod route;
mod scope;
mod settings;
mod spawn;
mod testing;

use worker::{Context, Env, Request, Response, Result, event};

/// Sets up what all requests share.
#[event(start)]
fn start() {
    log::start();
}

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    route::route(request, &env).await
}
