//! Rust: `Cargo.lock` and `cargo deny`.

pub(crate) mod deny;
pub(crate) mod lock;
