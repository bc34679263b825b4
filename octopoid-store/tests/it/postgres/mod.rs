//! PostgreSQL as the database.

pub(crate) mod cluster;
mod conformance;
