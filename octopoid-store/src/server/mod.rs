//! The HTTP server: any store, over the REST contract.
//!
//! It has two halves. One is a router over any store, with everything that the contract says, and no sockets
//! (feature `api`): [`Server`] builds it, [`ServerHandle::router`] returns it. The other, `http` (feature `server`), is what
//! stands around it on a network: middleware, connections, TLS, and the end of it all.
//!
#![cfg_attr(feature = "server", doc = "```no_run")]
#![cfg_attr(not(feature = "server"), doc = "```ignore")]
//! use octopoid_core::clock::SystemClock;
//! use octopoid_core::model::Policy;
//! use octopoid_store::MemoryStore;
//! use octopoid_store::server::Server;
//! use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind};
//! use std::sync::Arc;
//!
//! # async fn example() -> std::io::Result<()> {
//! let store = Arc::new(MemoryStore::new(Arc::new(SystemClock), Policy::default()));
//! let listener = bind("127.0.0.1:8787".parse().unwrap())?;
//! let middleware = MiddlewareOptions::new(listener.local_addr()?);
//! let server = Server::new(store.clone(), Arc::new(SystemClock)).with_keys(store);
//! server.serve(listener, middleware, ServeOptions::new(), std::future::pending()).await
//! # }
//! ```
//!
//! To put the routes beside those of another service, [`Server::start`] it, take [`ServerHandle::router`] and let
//! [`ServerHandle::housekeeping`] run.

mod api;
#[cfg(feature = "server")]
pub mod http;

pub use api::{
    Access, Code, Metrics, Peer, Problem, RequestId, Server, ServerHandle, Shutdown, Spawn, Task, TokioSpawn,
    digest, generate_key, openapi_json, problem_json,
};
