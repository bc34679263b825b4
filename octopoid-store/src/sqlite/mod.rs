//! Store in SQLite: for one machine, and under a server.
//!
//! The tables, their migrations and the queries are the same for every SQLite. What is under them differs:
//!
//! - **A file**, by the SQLite library ([`SqliteStore`]). One thread owns the connection that writes and commits what many callers
//!   ask for together; a few threads read, and checkpoint the log into the file while others commit. Several processes may open
//!   the same file: they wait for each other's writes, and are woken by each other's events.
//! - **A database of the host**, on WebAssembly, where there are neither files nor threads (`HostBackend`): such as the storage of
//!   a Durable Object. The host gives the program a database through the trait `HostDatabase`.

#[cfg(not(target_family = "wasm"))]
mod backend;
#[cfg(not(target_family = "wasm"))]
mod checkpoints;
mod claimable;
mod columns;
mod driver;
mod error;
#[cfg(not(target_family = "wasm"))]
mod file;
#[cfg(target_family = "wasm")]
mod host;
mod landings;
#[cfg(not(target_family = "wasm"))]
mod library_error;
#[cfg(not(target_family = "wasm"))]
mod migrate;
mod migrations;
#[cfg(not(target_family = "wasm"))]
mod options;
mod prefetch;
#[cfg(not(target_family = "wasm"))]
mod presence;
mod query;
mod query_ext;
mod reader;
mod row;
mod statements;
mod task_rows;
mod transaction;
#[cfg(not(target_family = "wasm"))]
mod transfer;
#[cfg(not(target_family = "wasm"))]
mod watch;
#[cfg(not(target_family = "wasm"))]
mod workers;
mod write;
#[cfg(not(target_family = "wasm"))]
mod writer;

#[cfg(not(target_family = "wasm"))]
pub use backend::{SqliteBackend, SqliteStore};
#[cfg(target_family = "wasm")]
pub use host::{HostBackend, HostDatabase, HostError, HostValue};
#[cfg(not(target_family = "wasm"))]
pub use options::{SqliteOptions, Synchronous};
#[cfg(not(target_family = "wasm"))]
pub use presence::saved_copies;
