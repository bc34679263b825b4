//! Sockets, TLS and the accept loop.
//!
//! Connections speak HTTP/1.1 only: one connection is one request at a time, so that the bound on connections is also
//! the bound on work, and a listener that waits for events costs little memory.

mod certificate;
mod connection;
mod options;
mod serve;
mod socket;
mod tls;

pub use options::ServeOptions;
pub use serve::{bind, serve};
pub use tls::{Tls, TlsError};
