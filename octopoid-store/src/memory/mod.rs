//! Everything in memory: for tests and for programs that embed Octopoid without keeping anything.

mod batch;
mod index;
mod query;
mod store;
mod tables;

pub use store::MemoryStore;
