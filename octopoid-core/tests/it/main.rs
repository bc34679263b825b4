//! Tests of this crate as its users see it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test has nobody to recover for, and says what it leaves out"
)]
#![expect(clippy::disallowed_methods, reason = "a test hands its own environment on")]

mod cleanup;
mod conformance;
mod crash;
mod github;
mod guides;
mod hostile;
mod landing_matrix;
mod night;
mod ops;
mod orchestrator;
mod process;
mod situations;
mod surface;
mod transition;
