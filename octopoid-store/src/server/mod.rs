//! The HTTP server.

pub mod shell;
