//! Everything around the routes, whatever they are: connections, TLS, limits, the log, and errors in one form.
//!
//! [`shell`] puts the middleware around a router, [`serve`] answers connections with it:
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use octopoid_store::server::shell::{ServeOptions, ShellOptions, bind, serve, shell};
//!
//! # async fn example() -> std::io::Result<()> {
//! let listener = bind(([127, 0, 0, 1], 8787).into())?;
//! let options = ShellOptions::new(listener.local_addr()?);
//! let serving = ServeOptions::new().with_metrics(options.metrics.clone());
//! let router = shell(Router::new().route("/", get(|| async { "octopoid" })), options);
//! serve(router, listener, serving, std::future::pending()).await
//! # }
//! ```
//!
//! Connections speak HTTP/1.1 only: one connection is one request at a time, so that the bound on connections is also
//! the bound on work, and a listener that waits for events costs little memory.

mod access;
mod assemble;
mod authority;
mod body_limit;
mod connection;
mod event_streams;
mod headers;
mod hosts;
mod limiter;
mod metrics;
mod middleware;
mod options;
mod origins;
mod panics;
mod patience;
mod plain_errors;
mod problem;
mod request_id;
mod serve;
mod serve_options;
mod socket;
mod stopping;
mod tls;
mod validity;

pub use access::KeyId;
pub use assemble::shell;
pub use connection::Peer;
pub use limiter::{Limiter, RetryAfter};
pub use metrics::Metrics;
pub(crate) use middleware::{Inside, around};
pub use options::{NameError, ShellOptions};
pub use problem::{Code, Problem};
pub use request_id::RequestId;
pub use serve::{bind, serve};
pub use serve_options::ServeOptions;
pub use stopping::Stopping;
pub use tls::{Tls, TlsError};
