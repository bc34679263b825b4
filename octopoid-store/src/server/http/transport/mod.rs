//! Sockets, TLS and the accept loop.
//!
//! Connections speak HTTP/1.1 only: one connection is one request at a time, so that the limit on connections is also the
//! limit on work, and a listener that waits for events costs little memory.
//!
//! The accept loop is our own. axum-server (0.9) has a header time-out and a shutdown with a deadline too, but no limit on
//! connections, no time-out for stalled writes and no lingering close, and its shutdown waits until the deadline for
//! connections that have sent half a head. What would be left to write around it is as long as this loop, and
//! it brings HTTP/2 along.

mod certificate;
mod connection;
mod options;
mod serve;
mod socket;
mod tls;

pub use options::ServeOptions;
pub use serve::{bind, serve};
pub use tls::{Tls, TlsError};
