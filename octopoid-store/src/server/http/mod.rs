//! What stands around the routes on a network: connections, TLS, limits, the access log, and errors in one form.
//!
//! [`with_middleware`] puts the middleware around a router, [`serve`] answers connections with it:
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
//!
//! # async fn example() -> std::io::Result<()> {
//! let listener = bind(([127, 0, 0, 1], 8787).into())?;
//! let options = MiddlewareOptions::new(listener.local_addr()?);
//! let serving = ServeOptions::new().with_metrics(options.metrics.clone());
//! let router = with_middleware(Router::new().route("/", get(|| async { "octopoid" })), options);
//! serve(router, listener, serving, std::future::pending()).await
//! # }
//! ```

mod middleware;
mod server;
mod transport;

pub use super::api::RequestId;
pub use middleware::{MiddlewareOptions, NameError, with_middleware};
pub use transport::{ServeOptions, Tls, TlsError, bind, serve};
