//! The REST contract as a router over any store: routes, input, authentication, problems, the event feed.
//!
//! Nothing here opens a socket or starts a thread, so that whatever answers HTTP requests can serve it. What a server on
//! the network needs around it is in the `http` module beside this one.

mod app;
mod auth;
mod byte_range;
mod compat;
mod dispatch;
mod handle;
mod housekeeping;
mod hub;
mod input;
mod known_roles;
mod limiter;
mod live_artifacts;
mod metrics;
mod openapi;
mod page;
mod peer;
mod problem;
mod problem_json;
mod request_id;
mod ring;
mod routes;
mod server;
mod shutdown;
mod spawn;

#[cfg(feature = "server")]
pub(super) use auth::KeyId;
pub use auth::{Access, digest, generate_key};
pub use handle::ServerHandle;
pub use metrics::Metrics;
pub use openapi::openapi_json;
pub use peer::Peer;
pub use problem::{Code, Problem};
pub use problem_json::problem_json;
pub use request_id::RequestId;
pub use server::Server;
pub use shutdown::Shutdown;
pub use spawn::{Spawn, Task, TokioSpawn};
