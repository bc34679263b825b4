//! A store of one's own, on plain files.
//!
//! A store is a [`Backend`](octopoid_store::backend::Backend) under a [`BackendStore`](octopoid_store::BackendStore). The
//! rules (what may be claimed, what a command does to a task, which number comes next) are in `BackendStore`; a backend
//! offers transactions over rows. This one keeps all rows in memory and a log of their changes on the disk. It is written in
//! four files, best read in this order:
//!
//! 1. `rows.rs`: the tables, and a `Change` of one row with the change that takes it back.
//! 2. `log.rs`: the file. A line is what one transaction changed, so a transaction is on the disk whole or not at all.
//! 3. `transaction.rs`: the required methods of `Reader` and `Transaction`, and the three reads that every claim makes.
//! 4. `backend.rs`: one transaction at a time, committed when its line is on the disk, undone where its work fails.
//!
//! The suite `octopoid_store::conformance` checks the result (`tests/it`).
//!
//! A folder belongs to one process at a time. All rows are in memory and most queries look at each of them, so this is for a
//! few thousand tasks; `SqliteStore` is for more.

mod backend;
mod log;
mod rows;
mod transaction;

pub use backend::{FileBackend, FileStore, open};
pub use transaction::FileTransaction;
