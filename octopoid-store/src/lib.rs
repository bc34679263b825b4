#![doc = include_str!("../README.md")]

mod engine;
mod feed;
pub mod memory;
//pub mod sqlite;

pub use memory::MemoryStore;
//pub use sqlite::{SqliteOptions, SqliteStore};
