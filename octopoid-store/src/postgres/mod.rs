//! Store in a PostgreSQL database: for several servers in front of one queue.
//!
//! # Contract
//! How the [contract of a backend](crate::backend#contract) comes about:
//! - **Isolation**: a write takes a transaction-level advisory lock before it reads anything: that of its scope, or, where it
//!   is not known to keep to one, that of the whole store. A [counter](crate::backend::Counter) that scopes share is read
//!   under one more lock, which is held until the commit. Under *read committed* each statement then sees all that the
//!   transactions before it wrote. Locks are taken in one order (store, scope, counters, feed), so they cannot block each other.
//! - **Event order**: the events of a transaction are numbered by its last statement, which raises the one row of `feed` and
//!   holds it until the commit. The transaction that numbers next waits for that commit, in whichever scope and process it is.
//! - **All or nothing, durability**: those of PostgreSQL, with `synchronous_commit` at least `on`. Where the connection is lost while a
//!   commit is under way, it is found out on another connection what became of it, by the transaction's id.
//! - **Reads** are *repeatable read* transactions on the primary, so each sees one state, and all that was answered before.
//!
//! # Grouping
//! What waits for the same scope is carried out in one transaction, one request after the other, and committed once. A refused
//! request comes before its first write and leaves nothing; where one fails, each is carried out again by itself. Scopes are
//! worked on at the same time, by [`PostgresOptions::writers`] connections, and by other servers.
//!
//! Writes do not wait for their answer: they are sent behind each other, and whether all of them succeeded is known before
//! the commit. Events, replies and counters of a group are written by one statement each.
//!
//! # Time
//! Leases are measured by the clock of the database, never by that of a server, and never earlier than the newest moment that
//! was written: a database whose clock is set back, such as a standby that took over, goes on from there.
//!
//! # Several servers
//! A commit notifies the other servers, which `LISTEN` on a connection of their own; they look by themselves every few seconds
//! too, as a notification is lost with the connection. One of the servers keeps house, for as long as it renews that in time.
//!
//! # Schema
//! Everything is in a schema of its own, `octopoid` unless the URL says `?schema=NAME`. Migrations run under an advisory lock
//! when the store is opened. Each states the oldest version of the tables that a program may know to work on with it:
//! servers of neighbouring versions run beside each other, and one that is too old is refused, also while it runs.

mod address;
mod backend;
mod error;
mod group;
mod housekeeper;
mod job;
mod listen;
mod migrate;
mod options;
mod query;
mod reader;
mod row;
mod session;
mod tls;
mod transaction;
mod transfer;
mod workers;
mod write;

pub use address::PostgresUrl;
pub use backend::{PostgresBackend, PostgresStore};
pub use options::PostgresOptions;
