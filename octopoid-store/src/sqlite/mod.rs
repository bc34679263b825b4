//! Store in one SQLite file: for one machine, and under a server.
//!
//! One thread owns the connection that writes and commits what many callers ask for together; a few threads read, and
//! checkpoint the log into the file while others commit.
//! Several processes may open the same file: they wait for each other's writes, and are woken by each other's events.

mod backend;
mod checkpoints;
mod claimable;
mod columns;
mod error;
mod file;
mod landings;
mod migrate;
mod options;
mod prefetch;
mod presence;
mod query;
mod query_ext;
mod reader;
mod row;
mod statements;
mod task_rows;
mod transaction;
mod watch;
mod workers;
mod write;
mod writer;

pub use backend::{SqliteBackend, SqliteStore};
pub use options::{SqliteOptions, Synchronous};
pub use presence::saved_copies;
