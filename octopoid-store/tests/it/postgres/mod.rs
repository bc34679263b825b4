//! PostgreSQL as the database.

mod chaos;
pub(crate) mod cluster;
mod conformance;
mod faults;
mod schema;
mod servers;
mod transfer;

use octopoid_core::model::Policy;
use octopoid_store::{PostgresOptions, PostgresStore};

/// Opens a store by the database's own clock.
fn open(url: &str) -> PostgresStore {
    PostgresStore::connect(url.parse().unwrap(), Policy::default(), PostgresOptions::new()).unwrap()
}
