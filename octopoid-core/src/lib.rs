#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod clock;
pub mod flow;
pub mod model;
pub mod ops;
pub mod process;
pub mod role;
pub mod runner;
pub mod store;
pub mod transition;

#[cfg(feature = "engine")]
pub mod git;
#[cfg(feature = "engine")]
pub mod orchestrator;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
