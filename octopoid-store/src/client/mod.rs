//! A store on another machine: everything over the REST contract.
//!
//! [`HttpStore`] is a store like any other. What it adds is patience: a request that got no answer is sent again, with the
//! same idempotency key, so that it has one effect (I04). When its patience ends the error is `Unavailable`, and whoever
//! asked may ask again later.

mod call;
mod connections;
mod feed;
mod inbox;
mod machine_feed;
mod options;
mod records;
mod retry;
mod store;
mod tls;

pub use options::{HttpOptions, KeySource};
pub use store::HttpStore;
