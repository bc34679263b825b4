//! Store in memory: for tests, and for programs that embed Octopoid without keeping anything.

mod backend;
mod index;
mod reader;
mod tables;
mod transaction;

pub use backend::{MemoryBackend, MemoryStore};
