//! SQLite as the host of a WebAssembly program has it.

mod backend;
mod connection;
mod database;
pub(super) mod driver;
pub(super) mod error;
mod migrate;
mod params;
mod value;

pub use backend::HostBackend;
pub use database::{HostDatabase, HostError};
pub(in crate::sqlite) use params::ToSql;
pub use value::Value as HostValue;
