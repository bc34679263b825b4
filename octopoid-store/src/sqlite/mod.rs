//! Everything in one SQLite file: for one machine, and under a server.
//!
//! One thread owns the connection that writes and commits what many callers ask for together; a few threads read, and fold
//! the log into the file while others commit.
//! Several processes may open the same file: they wait for each other's writes, and are woken by each other's events.

mod ahead;
mod batch;
mod checkpoints;
mod columns;
mod failure;
mod file;
mod landings;
mod migrate;
mod options;
mod presence;
mod prune;
mod query;
mod readers;
mod row;
mod rows;
mod statements;
mod store;
mod watch;
mod writer;

pub use options::{SqliteOptions, Synchronous};
pub use presence::saved_copies;
pub use store::SqliteStore;
