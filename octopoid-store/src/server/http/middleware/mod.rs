//! What every request passes on its way to a route, and every response on its way back.

mod access_log;
mod authority;
mod body;
mod check_host;
mod cors_and_csrf;
mod event_streams;
mod layers;
mod options;

pub use layers::with_middleware;
pub use options::{MiddlewareOptions, NameError};
