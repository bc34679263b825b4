//! The HTTP client: a store on another machine, over the REST contract.
//!
//! [`HttpStore`] is a store like any other. A request without an answer is sent again, with the same idempotency key, so that
//! it has one effect (I04). Once the retry time-out is over, the error is `Unavailable`, and the caller may try again later.

mod artifacts;
mod call;
mod connections;
mod feed;
mod inbox;
mod machine_feed;
mod options;
mod records;
mod retry;
mod reviews;
mod store;
mod tls;

pub use options::{HttpOptions, KeySource};
pub use store::HttpStore;
