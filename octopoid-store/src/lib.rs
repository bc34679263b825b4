#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "backend"),
    expect(unreachable_pub, reason = "the traits of a backend are public with the feature `backend` only")
)]

#[cfg(any(feature = "api", feature = "object-store"))]
pub mod artifacts;
#[cfg(feature = "backend")]
pub mod backend;
#[cfg(not(feature = "backend"))]
mod backend;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "conformance")]
pub mod conformance;
mod feed;
mod limits;
pub mod memory;
mod open;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "api")]
pub mod server;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "client", feature = "object-store"))]
mod tls;

#[cfg(any(all(feature = "sqlite", not(target_family = "wasm")), feature = "postgres"))]
pub mod transfer;

#[cfg(any(feature = "api", feature = "client"))]
#[cfg_attr(
    not(all(feature = "api", feature = "client")),
    expect(dead_code, unused_imports, reason = "each side uses its part")
)]
mod wire;

pub use backend::BackendStore;
#[cfg(feature = "client")]
pub use client::{HttpOptions, HttpStore};
pub use memory::MemoryStore;
pub use open::{OpenOptions, StoreUrl, open};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore, PostgresUrl};
#[cfg(all(feature = "sqlite", not(target_family = "wasm")))]
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous, saved_copies};
