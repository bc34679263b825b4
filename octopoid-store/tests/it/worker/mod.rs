//! The Worker on a local workerd, which `.ci/worker` builds and starts. Without it, these tests say that they are left out.

mod conformance;
pub(crate) mod deployment;
mod teller;
